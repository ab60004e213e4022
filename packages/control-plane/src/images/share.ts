import {
  ds01Error,
  type Ds01Error,
  type ObjectName,
  type RouteOutput,
  type Slug,
} from '@ds01/contracts';
import type { HostAccount, MetaTable } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { imagesNow } from './images-now.ts';
import { missingImage, ownRepository } from './own-image.ts';
import { isKeptTag } from './reserved-tags.ts';
import { readShare, writeShare, type ImageShare } from './shares.ts';

/** With whom to share an image, or no longer. */
export interface ShareInput {
  readonly name: string;
  /** Account names. */
  readonly users: readonly string[];
  /** Groups of the limits file. */
  readonly groups: readonly string[];
  /** Take back instead of give; from everybody when nobody is named. */
  readonly remove: boolean;
}

/**
 * Lets people, or everybody in a group of the limits file, use an image of this person: they see it,
 * make containers from it and build on it, also what becomes of it later; they never change it. What
 * they made from it stays theirs when it is taken back. Naming nobody changes nothing. Fails with
 * `image.not-found`, `name.invalid`, `user.unknown`, `request.invalid` (no such group).
 */
export async function shareImage(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: ShareInput,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'images.share'>> {
  const policy = loadCurrentPolicy(deps, { dryRun: true });
  const now = await imagesNow(deps, caller, { ...options, policy });
  const own = ownRepository(now, caller, input.name);
  const tag = own.tags.has('latest')
    ? 'latest'
    : [...own.tags.keys()].find((one) => !isKeptTag(one));
  const details = tag === undefined ? undefined : own.tags.get(tag);
  if (details === undefined) throw missingImage(own.name);
  const users = input.remove ? [] : await accountsOf(deps, input.users);
  const unknown = input.groups.find((group) => !policy.groups.some((known) => known === group));
  if (unknown !== undefined && !input.remove) throw noSuchGroup(unknown, policy.groups);
  const { owner } = caller;
  const change = (meta: Pick<MetaTable, 'get'>): ImageShare => {
    const before = readShare(meta, owner.slug, own.name);
    return input.remove
      ? less(before, input)
      : more(before, { owner, users, groups: input.groups });
  };
  const share = deps.store.transaction(({ meta }) => {
    const after = change(meta);
    if (options.dryRun !== true) writeShare(meta, imageOf(owner.slug, own.name), after);
    return after;
  });
  const names = share.users.map(({ name }) => name);
  return {
    image: now.summaryOf(details, `${own.repository}:${tag ?? 'latest'}`),
    note: noteOf(own.name, share, options.dryRun === true),
    sharedWith: { users: names, groups: [...share.groups] },
  };
}

function imageOf(slug: Slug, name: ObjectName) {
  return { slug, name };
}

async function accountsOf(
  deps: Pick<ControlPlaneDependencies, 'accounts'>,
  names: readonly string[],
): Promise<readonly HostAccount[]> {
  const found: HostAccount[] = [];
  for (const name of new Set(names)) {
    const account = await deps.accounts.byName(name);
    if (account === null) throw noSuchUser(name);
    found.push(account);
  }
  return found;
}

function more(
  before: ImageShare,
  given: {
    readonly owner: HostAccount;
    readonly users: readonly HostAccount[];
    readonly groups: readonly string[];
  },
): ImageShare {
  const users = new Map(before.users.map((user) => [user.uid, user]));
  for (const { name, uid } of given.users)
    if (uid !== given.owner.uid) users.set(uid, { name, uid });
  return {
    by: given.owner.name,
    users: [...users.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    groups: [...new Set([...before.groups, ...given.groups])].toSorted(),
  };
}

/** By the names that were shown: accounts and groups may be gone by now. */
function less(before: ImageShare, { users, groups }: ShareInput): ImageShare {
  if (users.length === 0 && groups.length === 0) return { ...before, users: [], groups: [] };
  return {
    ...before,
    users: before.users.filter(({ name }) => !users.includes(name)),
    groups: before.groups.filter((group) => !groups.includes(group)),
  };
}

function noteOf(name: string, share: ImageShare, dryRun: boolean): string {
  const whom = [
    ...share.users.map((user) => user.name),
    ...share.groups.map((group) => `the group ${group}`),
  ];
  const verb = dryRun ? 'would be' : 'is';
  return whom.length === 0
    ? `${name} ${verb} nobody else’s to use`
    : `${name} ${verb} shared with ${whom.join(', ')}`;
}

function noSuchUser(name: string): Ds01Error {
  return ds01Error('user.unknown', {
    message: `There is no user ${JSON.stringify(name)} here.`,
    hint: 'ds01 image share --help',
    details: { user: name },
  });
}

function noSuchGroup(group: string, known: readonly string[]): Ds01Error {
  return ds01Error('request.invalid', {
    message: `There is no group ${JSON.stringify(group)} in the limits of this site. There are ${known.join(', ')}.`,
    hint: 'ds01 limits show',
    details: { group },
  });
}
