import type { ConfigProblem, GroupName, Slug, Username } from '@ds01/contracts';
import { problemAt, quote } from './config-file.ts';
import type { ConfigFile } from './config-file.ts';
import { readLayer } from './layer.ts';
import {
  asGroupName,
  groupNameRule,
  groupOfMembersFile,
  readInlineMembers,
  readMembersFile,
} from './members.ts';
import type { Members } from './members.ts';
import { nearestName } from './nearest-name.ts';
import type { PolicyGroup } from './policy.ts';
import type { Reading } from './reading.ts';
import type { YamlSource, YamlValue } from './yaml-source.ts';

/** Reads the `groups` section; the members files come later. */
export function readGroups(
  source: YamlSource,
  value: YamlValue,
  reading: Reading,
): { readonly groups: readonly PolicyGroup[]; readonly problems: readonly ConfigProblem[] } {
  const groups: PolicyGroup[] = [];
  const problems: ConfigProblem[] = [];
  for (const entry of reading.entries(value, 'groups')) {
    const name = asGroupName(entry.key);
    const where = `groups.${entry.key}`;
    if (name === undefined) {
      const repaired = entry.key.toLowerCase().replaceAll(/[^a-z0-9_]+/g, '_');
      reading.report(entry.position, {
        code: 'config.invalid-name',
        message: `"${quote(entry.key)}" is no group name.`,
        found: quote(entry.key),
        allowed: groupNameRule,
        suggestion: asGroupName(repaired) ?? null,
      });
    }
    const layer = readLayer(source, entry.value, { where, otherKeys: ['members'] });
    problems.push(...layer.problems);
    const inline =
      entry.value.kind === 'mapping'
        ? entry.value.entries().find((inner) => inner.key === 'members')
        : undefined;
    const members =
      inline === undefined
        ? new Map()
        : readInlineMembers(reading, inline.value, `${where}.members`);
    if (name !== undefined) groups.push({ name, members, values: layer.values });
  }
  return { groups, problems };
}

/** Members file of users whom group synchronisation skips; it belongs to no group. */
const archivedGroup = 'archived';

/** People of `groups/archived.members`; lines that are no account name are left out. */
export function readArchived(files: readonly ConfigFile[]): ReadonlySet<string> {
  const archived = files.filter(({ path }) => groupOfMembersFile(path) === archivedGroup);
  return new Set(archived.flatMap((file) => [...readMembersFile(file).members.keys()]));
}

/**
 * Adds the members files to the groups. A file of a group that isn't there is a warning, unless
 * `groups` is `null` because they couldn't be read.
 */
export function addMembersFiles(
  groups: readonly PolicyGroup[] | null,
  files: readonly ConfigFile[],
): { readonly groups: readonly PolicyGroup[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const membersOf = new Map<string, Members>();
  const names = groups?.map((group) => group.name) ?? [];
  for (const file of files) {
    const group = groupOfMembersFile(file.path);
    if (group === undefined || group === archivedGroup) continue;
    const read = readMembersFile(file);
    problems.push(...read.problems);
    membersOf.set(group, read.members);
    if (groups === null || names.some((name) => name === group)) continue;
    problems.push(
      problemAt(
        file.path,
        { line: 1, column: 1 },
        {
          severity: 'warning',
          code: 'config.unknown-group',
          message: `There is no group "${group}" in the limits file; its members file has no effect.`,
          found: group,
          allowed: names.join(', ') || 'a group of the limits file',
          suggestion: nearestName(group, names),
        },
      ),
    );
  }
  const combined = (groups ?? []).map((group) => ({
    ...group,
    members: new Map([...group.members, ...(membersOf.get(group.name) ?? [])]),
  }));
  return { groups: combined, problems };
}

/** A warning for each user whom several groups list; the first group counts. */
export function severalGroups(
  groups: readonly PolicyGroup[],
  only?: readonly string[],
): ConfigProblem[] {
  const listed = new Map<string, PolicyGroup[]>();
  for (const group of groups) {
    for (const name of only ?? group.members.keys()) {
      if (!group.members.has(name)) continue;
      const others = listed.get(name);
      if (others === undefined) listed.set(name, [group]);
      else others.push(group);
    }
  }
  return [...listed].flatMap(([name, inGroups]) => {
    const [first, second] = inGroups;
    const origin = second?.members.get(name);
    if (first === undefined || second === undefined || origin === undefined) return [];
    const names = inGroups.map((group) => group.name).join(', ');
    return problemAt(origin.file, origin, {
      severity: 'warning',
      code: 'config.several-groups',
      message: `${name} is listed in several groups (${names}); ${first.name} counts.`,
      found: names,
      allowed: 'one group a user',
    });
  });
}

/** The first group that lists the user, by name before slug; the policy's default group else. */
export function findGroup(
  policy: { readonly groups: readonly PolicyGroup[]; readonly defaultGroup: GroupName },
  user: Username,
  slug: Slug,
): { readonly name: GroupName; readonly group: PolicyGroup | undefined } {
  const group =
    policy.groups.find((candidate) => candidate.members.has(user)) ??
    policy.groups.find((candidate) => candidate.members.has(slug)) ??
    policy.groups.find((candidate) => candidate.name === policy.defaultGroup);
  return { name: group?.name ?? policy.defaultGroup, group };
}
