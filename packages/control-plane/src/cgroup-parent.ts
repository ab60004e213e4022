import { groupNameSchema, type GroupName, type Slug, type Username } from '@ds01/contracts';
import type { ContainerRecord, UserCgroups } from '@ds01/ports';
import type { CurrentPolicy } from './policy.ts';

/**
 * The parent cgroup of a container that exists, with its owner's limits of today. It stays below the
 * group that it was made in when the owner moves to another one; the limits belong there too.
 */
export function parentOf(
  record: Pick<ContainerRecord, 'cgroupParent'>,
  owner: { readonly name: Username; readonly slug: Slug },
  policy: CurrentPolicy,
): Parameters<UserCgroups['ensure']>[0] {
  const user = policy.forUser(owner.name);
  const group = groupOfParent(record.cgroupParent, owner.slug) ?? user.group;
  return { group, slug: owner.slug, limits: user.aggregate };
}

/** `null` when the parent isn't one of this user's. */
function groupOfParent(cgroupParent: string, slug: Slug): GroupName | null {
  const [, group, owner] =
    /\/([^/]+)\/([^/]+)$/.exec(cgroupParent) ??
    /^ds01-([^-]+)-([^-]+)\.slice$/.exec(cgroupParent) ??
    [];
  const read = groupNameSchema.safeParse(group);
  return read.success && owner === slug ? read.data : null;
}
