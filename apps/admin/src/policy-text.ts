import { columns, localTime, type Screen } from '@ds01/command-line';
import type { RouteOutput } from '@ds01/contracts';

type ChangedUser = RouteOutput<'admin.limits.diff'>['users'][number];

/** What a dry run says before what would be done. */
export function inDryRun(message: string, dryRun: boolean): string {
  return dryRun ? `nothing was written; it would be: ${message}` : message;
}

/** How limits of people change, a line each, with what sets the new value. */
export function changesTable(users: readonly ChangedUser[], screen: Screen): string {
  const rows = users.flatMap((user) => {
    const group =
      user.groupBefore === user.groupAfter
        ? []
        : [[user.user, 'group', user.groupBefore, user.groupAfter, '-']];
    const limits = user.changes.map((change) => [
      user.user,
      change.key,
      valueText(change.before),
      valueText(change.after),
      originText(change),
    ]);
    return [...group, ...limits];
  });
  if (rows.length === 0) return 'no limit of anybody changes';
  return columns([['USER', 'LIMIT', 'BEFORE', 'AFTER', 'SET BY'], ...rows], screen);
}

function valueText(value: ChangedUser['changes'][number]['before']): string {
  return value === null ? 'no limit' : String(value);
}

function originText({ layerAfter, fileAfter, lineAfter }: ChangedUser['changes'][number]): string {
  return fileAfter === null ? layerAfter : `${layerAfter}, ${fileAfter}:${String(lineAfter ?? 1)}`;
}

/** Who is exempt from what; those whose time is over last. */
export function exemptionsTable(
  { exemptions }: RouteOutput<'admin.exemptions'>,
  screen: Screen,
): string {
  if (exemptions.length === 0) return 'nobody is exempt';
  const ordered = exemptions.toSorted((one, other) => Number(other.active) - Number(one.active));
  return columns(
    [
      ['USER', 'EXEMPT FROM', 'UNTIL', 'STATE', 'WRITTEN IN', 'REASON'],
      ...ordered.map(({ user, rules, until, active, file, line, reason }) => [
        user,
        rules.join(', '),
        until === null ? 'for good' : localTime(until),
        active ? 'active' : 'over',
        `${file}:${String(line)}`,
        reason,
      ]),
    ],
    screen,
  );
}

/** Groups and whom they list. */
export function groupsTable({ groups }: RouteOutput<'admin.groups'>, screen: Screen): string {
  return columns(
    [
      ['GROUP', 'MEMBERS'],
      ...groups.map(({ name, isDefault, members }) => [
        isDefault ? `${name} (default)` : name,
        members.length === 0 ? '-' : members.join(', '),
      ]),
    ],
    screen,
  );
}

/** What a synchronisation did, or would do. */
export function syncText(
  { added, left }: RouteOutput<'admin.groups.sync'>,
  { dryRun, screen }: { readonly dryRun: boolean; readonly screen: Screen },
): string {
  const table =
    added.length === 0
      ? 'everybody is where they belong'
      : columns(
          [
            ['USER', dryRun ? 'WOULD BE PUT INTO' : 'PUT INTO', 'BECAUSE OF'],
            ...added.map(({ user, group, because }) => [user, group, because]),
          ],
          screen,
        );
  if (left.length === 0) return table;
  return `${table}\n\nin the default group, since nothing says where they belong: ${left.join(', ')}`;
}
