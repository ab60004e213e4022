import { columns, table, type Screen } from '@ds01/command-line';
import { placeText, queueRemarks, turnCells, turnText } from '@ds01/command-line/queue';
import type { RouteOutput } from '@ds01/contracts';
import type { QueueEntryView } from '@ds01/contracts/service';
import { formatDuration } from '@ds01/contracts/core';

type AdminQueue = RouteOutput<'admin.queue'>;

/** The whole queue, what decides the order, and what is held. */
export function adminQueueText(queue: AdminQueue, screen: Screen, nowMs: number): string {
  const { entries, users } = queue;
  const parts = [
    entries.length === 0 ? 'nobody waits for a GPU' : entriesTable(entries, screen, nowMs),
    [...reservedLines(queue, nowMs), ...queueRemarks(queue)].join('\n'),
    users.length === 0 ? '' : usersTable(users, screen),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function entriesTable(entries: readonly QueueEntryView[], screen: Screen, nowMs: number): string {
  const rows = entries.map((entry): readonly string[] => [
    entry.position === null ? 'now' : String(entry.position),
    entry.user ?? '-',
    entry.container ?? '-',
    entry.asksFor,
    entry.priority,
    formatDuration(entry.waitedMs),
    turnCells(entry, nowMs).within,
    entry.id,
    turnCells(entry, nowMs).why,
  ]);
  const headings = [
    { heading: 'PLACE' },
    { heading: 'USER', atLeast: 8 },
    { heading: 'CONTAINER', atLeast: 8 },
    { heading: 'ASKS FOR', atLeast: 12 },
    { heading: 'PRIORITY', drop: 2 },
    { heading: 'WAITED', drop: 1 },
    { heading: 'WITHIN' },
    { heading: 'ID', drop: 3 },
    { heading: 'WHY', fit: 'wrap' as const, atLeast: 16 },
  ];
  return table({ columns: headings, rows }, screen);
}

function reservedLines({ reserved, entries }: AdminQueue, nowMs: number): readonly string[] {
  return reserved.map(({ entry, slots, estimatedStartAt }) => {
    const found = entries.find(({ id }) => id === entry);
    const whose = found === undefined ? entry : nameOf(found);
    const when = estimatedStartAt === null ? '' : `, all ${turnText(estimatedStartAt, nowMs)}`;
    return `collected for ${whose}: GPU ${slots.join(', ')}${when}`;
  });
}

function usersTable(users: AdminQueue['users'], screen: Screen): string {
  return columns(
    [
      ['USER', 'GROUP', 'GPU HOURS', 'SHARE', 'WAITING'],
      ...users.map(({ user, group, gpuHours, weight, waiting }) => [
        user,
        group,
        gpuHours.toFixed(1),
        String(weight),
        String(waiting),
      ]),
    ],
    screen,
  );
}

/** What became of one request: `alice/thesis: place 1 of 4, within about 5m (by 23:40)`. */
export function movedText(entry: QueueEntryView, nowMs: number): string {
  const held = entry.reason.code === 'held' ? ' (held)' : '';
  const priority = entry.priority === 'normal' ? '' : `, priority ${entry.priority}`;
  return `${nameOf(entry)}: ${placeText(entry, nowMs)}${priority}${held}`;
}

function nameOf({ user, container, id }: QueueEntryView): string {
  return container === null ? id : `${user ?? '-'}/${container}`;
}

/** What became of a request that was taken out. */
export function removedText(entry: QueueEntryView, dryRun: boolean): string {
  return `${nameOf(entry)} (${entry.asksFor}) ${dryRun ? 'would be taken' : 'was taken'} out of the queue`;
}

/** What is held now: one request (`named`), or everything. */
export function holdText(
  { entries }: RouteOutput<'admin.queue.hold'>,
  { named, on }: { readonly named: string | null; readonly on: boolean },
): string {
  if (named !== null) return on ? `${named} gets nothing until it is let go` : `${named} is let go`;
  const waiting = countText(entries);
  return on
    ? `nothing is granted any more; ${waiting}. Again with: ds01-admin queue hold --off`
    : `GPUs are granted again; ${waiting}`;
}

/** Whether people may join. */
export function drainText({ entries }: RouteOutput<'admin.queue.drain'>, on: boolean): string {
  const waiting = countText(entries);
  return on
    ? `nobody may join the queue any more; ${waiting}. Again with: ds01-admin queue drain --off`
    : `people may join the queue again; ${waiting}`;
}

function countText(entries: readonly QueueEntryView[]): string {
  const count = entries.filter(({ state }) => state === 'waiting').length;
  return count === 1 ? '1 request waits' : `${count} requests wait`;
}
