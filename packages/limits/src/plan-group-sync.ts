import { slugOf } from '@ds01/contracts';
import type { GroupName, SiteSettings, Username } from '@ds01/contracts';
import type { Policy } from './policy.ts';

/** Where a synchronisation puts a person. */
export interface PlannedMember {
  readonly user: Username;
  readonly group: GroupName;
  /** The line or rule that says so, for people. */
  readonly because: string;
}

/** What a synchronisation would do. */
export interface GroupSyncPlan {
  readonly added: readonly PlannedMember[];
  /** People in no group whom nothing says anything about: they stay in the default group. */
  readonly left: readonly Username[];
}

/** A rule of `groups.rules` in the site settings. */
export type GroupRule = SiteSettings['groups']['rules'][number];

/**
 * Where people whom no group lists belong: group-overrides.txt first, then the first rule whose pattern
 * matches. Nobody is taken out of a group, and archived people are left out. A rule that names a group
 * that there isn't matches nobody.
 */
export function planGroupSync(
  policy: Policy,
  rules: readonly GroupRule[],
  people: readonly Username[],
): GroupSyncPlan {
  const groups = policy.groups.map(({ name }) => name);
  const added: PlannedMember[] = [];
  const left: Username[] = [];
  for (const user of people) {
    const names = [user, slugOf(user)];
    const isListed = policy.groups.some(({ members }) => names.some((name) => members.has(name)));
    if (isListed || names.some((name) => policy.archived.has(name))) continue;
    const override = policy.groupOverrides.get(user);
    const rule = rules.find((one) => matchesGlob(one.match, user) && isOneOf(groups, one.group));
    const group = override ?? groups.find((name) => name === rule?.group);
    if (group === undefined) left.push(user);
    else if (override === undefined) {
      added.push({ user, group, because: `groups.rules: ${rule?.match ?? ''}` });
    } else added.push({ user, group, because: 'group-overrides.txt' });
  }
  return { added, left };
}

function isOneOf(groups: readonly GroupName[], name: string): boolean {
  return groups.some((group) => group === name);
}

/**
 * Whether a whole name matches a pattern in which `*` is any run of characters, `?` any one, and
 * `[0-9]`, `[a-z]`, ... one of a range. Takes no longer than the product of both lengths.
 */
export function matchesGlob(pattern: string, name: string): boolean {
  const parts = pattern.match(/\[[^\]]+\]|./gsu) ?? [];
  // Which beginnings of the pattern match what was read so far.
  let reached = new Set(throughStars(parts, [0]));
  for (const letter of name) {
    const next: number[] = [];
    for (const at of reached) {
      const part = parts[at];
      if (part === '*') next.push(at);
      else if (part !== undefined && matchesOne(part, letter)) next.push(at + 1);
    }
    reached = new Set(throughStars(parts, next));
  }
  return reached.has(parts.length);
}

/** A star may stand for nothing. */
function throughStars(parts: readonly string[], places: readonly number[]): number[] {
  return places.flatMap((place) => {
    const all = [place];
    for (let at = place; parts[at] === '*'; at += 1) all.push(at + 1);
    return all;
  });
}

function matchesOne(part: string, letter: string): boolean {
  if (part === '?' || part === letter) return true;
  if (!part.startsWith('[') || part.length < 3) return false;
  const ranges = part.slice(1, -1).matchAll(/(.)-(.)|(.)/gsu);
  return [...ranges].some(([, first, last, only]) =>
    first === undefined || last === undefined ? only === letter : first <= letter && letter <= last,
  );
}
