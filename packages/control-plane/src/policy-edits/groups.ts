import {
  ds01Error,
  slugOf,
  usernameSchema,
  type CheckedRouteInput,
  type GroupName,
  type RouteOutput,
  type Username,
} from '@ds01/contracts';
import {
  addMember,
  planGroupSync,
  removeInlineMember,
  removeMember,
  type Policy,
  type PolicyGroup,
} from '@ds01/limits';
import { loadCurrentPolicy, type PolicySource } from '../policy.ts';
import {
  editedText,
  editFolder,
  eventAbout,
  remarks,
  subjectOf,
  type PlannedEdit,
  type PolicyEditing,
  type PolicyFolder,
  type Subject,
} from './edit-folder.ts';

const limitsFile = 'resource-limits.yaml';
const membersFile = (group: string): string => `groups/${group}.members`;

/** The groups that are in force, in the order of the limits file, and whom they list. */
export function listGroups(deps: PolicySource): RouteOutput<'admin.groups'> {
  const { limits, groups } = loadCurrentPolicy(deps, { dryRun: true });
  return {
    groups: groups.map((name) => ({
      name,
      isDefault: name === limits.defaultGroup,
      members: [
        ...(limits.groups.find((group) => group.name === name)?.members.keys() ?? []),
      ].toSorted(),
    })),
  };
}

/**
 * Puts a person into a group by its members file, and with `move` out of every other one. Fails with
 * `group.unknown`, with `policy.refused` for somebody of another group who isn't to be moved, and with
 * `limits.invalid-file` when the files have errors, since nobody knows the groups then.
 */
export async function putIntoGroup(
  editing: PolicyEditing,
  input: CheckedRouteInput<'admin.groups.put'>,
): Promise<RouteOutput<'admin.groups.put'>> {
  const subject = await subjectOf(editing, input.user);
  const edited = editFolder(editing, (folder) => {
    const policy = validPolicy(folder);
    const target = groupNamed(policy, input.group);
    const listed = policy.groups.filter((group) => lists(group, subject));
    const others = listed.filter((group) => group !== target);
    const [from] = others;
    if (from !== undefined && !input.move) throw inAnotherGroup(subject, from, target);
    const isIn = listed.includes(target);
    if (isIn && from === undefined) return { texts: new Map(), events: [] };
    const name = membersFile(target.name);
    // In both groups for a moment, never in none.
    const texts = new Map([
      [name, isIn ? folder.textOf(name) : addMember(folder.textOf(name), subject.user)],
      ...withoutOthers(folder, others, subject),
    ]);
    const details = { by: editing.by, from: from?.name ?? null, to: target.name };
    return { texts, events: [{ type: 'group.changed', ...eventAbout(subject), details }] };
  });
  const [name] = edited.changed;
  return {
    file: name === undefined ? null : edited.after.pathOf(name),
    message: `${subject.user} is in the group ${input.group}${name === undefined ? ' already' : ''}.${remarks(subject, edited)}`,
  };
}

function lists({ members }: PolicyGroup, { user }: Subject): boolean {
  return members.has(user) || members.has(slugOf(user));
}

function withoutOthers(
  folder: PolicyFolder,
  others: readonly PolicyGroup[],
  { user }: Subject,
): Map<string, string> {
  const texts = new Map<string, string>();
  let limits = folder.textOf(limitsFile);
  for (const { name: group } of others) {
    const name = membersFile(group);
    texts.set(name, removeMember(folder.textOf(name), user));
    limits = editedText(removeInlineMember(limits, { group, user }), folder.pathOf(limitsFile));
  }
  return texts.set(limitsFile, limits);
}

/**
 * Puts people of this host whom no group lists where group-overrides.txt or the site's rules say.
 * Nobody is taken out of a group, and people of groups/archived.members are left out. Fails with
 * `limits.invalid-file` when the files have errors.
 */
export async function syncGroups(
  editing: PolicyEditing,
): Promise<RouteOutput<'admin.groups.sync'>> {
  const { deps, by, options } = editing;
  const people = await deps.accounts.people();
  const uids = new Map<Username, number | null>();
  let outcome: RouteOutput<'admin.groups.sync'> = { added: [], left: [] };
  const plan = (folder: PolicyFolder): PlannedEdit => {
    const policy = validPolicy(folder);
    const { added, left } = planGroupSync(policy, folder.settings?.groups.rules ?? [], people);
    const texts = new Map<string, string>();
    for (const { user, group } of added) {
      const name = membersFile(group);
      texts.set(name, addMember(texts.get(name) ?? folder.textOf(name), user));
    }
    outcome = { added: [...added], left: [...left] };
    const events = added.map(({ user, group }) => {
      const details = { by, from: null, to: group };
      const about = { user, uid: uids.get(user) ?? null, container: null, containerId: null };
      return { type: 'group.changed', ...about, details } as const;
    });
    return { texts, events };
  };
  editFolder({ deps, options: { dryRun: true } }, plan);
  if (options.dryRun === true) return outcome;
  // Two programs of the name service each: only for those who are put somewhere.
  for (const { user } of outcome.added) {
    const name = usernameSchema.parse(user);
    uids.set(name, (await deps.accounts.byName(name))?.uid ?? null);
  }
  editFolder(editing, plan);
  return outcome;
}

function validPolicy({ policy, settings }: PolicyFolder): Policy {
  if (policy !== null && settings !== null) return policy;
  throw ds01Error('limits.invalid-file', {
    message:
      'The files of the configuration have errors, so that nobody knows who is in which group.',
    hint: 'ds01-admin limits check',
  });
}

function groupNamed({ groups }: Policy, name: string): PolicyGroup {
  const group = groups.find((candidate) => candidate.name === name);
  if (group !== undefined) return group;
  const names: readonly GroupName[] = groups.map((candidate) => candidate.name);
  throw ds01Error('group.unknown', {
    message: `There is no group ${JSON.stringify(name)} in the limits file; there are ${names.join(', ') || 'none'}.`,
    hint: 'ds01-admin group list',
    details: { group: name, groups: names },
  });
}

function inAnotherGroup({ user }: Subject, from: PolicyGroup, to: PolicyGroup) {
  return ds01Error('policy.refused', {
    message: `${user} is in the group ${from.name}.`,
    hint: `ds01-admin group move ${to.name} ${user}`,
    details: { user, group: from.name },
  });
}
