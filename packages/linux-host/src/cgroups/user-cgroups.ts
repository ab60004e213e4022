import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import type { AggregateLimits, UserCgroups } from '@ds01/ports';
import { slugSchema } from '@ds01/contracts';
import { systemCodeOf } from '../storage-errors.ts';
import { applyPlan, quotaOfFolder } from './apply.ts';
import { pathOf, planVersion1, planVersion2, sliceOf, type CgroupOwner } from './plan.ts';

/** Which cgroups the engine uses. */
export interface CgroupFacts {
  readonly version: 1 | 2;
  readonly driver: 'cgroupfs' | 'systemd';
}

/** How parents of users are made. */
export interface UserCgroupsOptions {
  /** Path of the folder in the cgroup tree that holds all of them, for example `/ds01`. */
  readonly root: string;
  /**
   * Asked once, at the first use. Unless given: cgroupfs, and version 2 when the mount is a tree of
   * that version.
   */
  readonly detect?: () => Promise<CgroupFacts>;
  /** Where the cgroup file systems are mounted; `/sys/fs/cgroup` unless given. */
  readonly mount?: string;
}

/**
 * Parents of users as folders `<root>/<group>/<slug>` under the cgroupfs driver, their builds' in
 * `builds` below. Under systemd's the
 * slice is named and a notice says that its limits are not applied by this version. A limit that the
 * host can't enforce is a notice, never silently left out.
 */
export function createUserCgroups(options: UserCgroupsOptions): UserCgroups {
  const { root, mount = '/sys/fs/cgroup' } = options;
  let facts: Promise<CgroupFacts> | undefined;
  const detect = () => (facts ??= options.detect?.() ?? Promise.resolve(factsOf(mount)));

  async function ensure(owner: CgroupOwner, limits: AggregateLimits) {
    const { version, driver } = await detect();
    if (driver === 'systemd') {
      const notice = 'systemd cgroup driver: aggregate limits are applied from a later version';
      return { cgroupParent: sliceOf(owner), notices: [notice] };
    }
    const plan =
      version === 2 ? planVersion2(owner, limits) : planVersion1(owner, belowParent(owner, limits));
    return { cgroupParent: pathOf(owner), notices: applyPlan(mount, plan) };
  }

  /** On cgroup v1 a folder can't have more CPU than the one above it. */
  function belowParent(owner: CgroupOwner, limits: AggregateLimits): AggregateLimits {
    if (owner.part === undefined || limits.cpus === null) return limits;
    const { part: _part, ...parent } = owner;
    const cpus = quotaOfFolder(`${mount}/cpu${pathOf(parent)}`);
    return cpus === null || cpus >= limits.cpus ? limits : { ...limits, cpus };
  }

  return {
    ensure: ({ group, slug, limits }) => ensure({ root, group, slug }, limits),
    ensureForBuilds: ({ group, slug, limits }) =>
      ensure({ root, group, slug, part: 'builds' }, limits),
    isForBuilds(cgroupParent) {
      if (cgroupParent.endsWith('.slice'))
        return /^ds01-[^-]+-[^-]+-builds\.slice$/.test(cgroupParent);
      const below = cgroupParent.startsWith(`${root}/`) ? cgroupParent.slice(root.length + 1) : '';
      return /^[^/]+\/[^/]+\/builds$/.test(below);
    },
    async removeEmpty(keep) {
      const { version, driver } = await detect();
      if (driver === 'systemd') return;
      const trees = version === 2 ? [mount] : foldersIn(mount).map((name) => `${mount}/${name}`);
      removeParents(
        trees.map((tree) => `${tree}${root}`),
        keep,
      );
    },
  };
}

function factsOf(mount: string): CgroupFacts {
  return { version: existsSync(`${mount}/cgroup.controllers`) ? 2 : 1, driver: 'cgroupfs' };
}

/** The same parent lives in several trees on version 1: it goes only when it is free in all. */
function removeParents(
  roots: readonly string[],
  keep: (group: string, slug: string) => boolean,
): void {
  const groups = new Set(roots.flatMap(foldersIn));
  for (const group of groups) {
    const slugs = new Set(roots.flatMap((root) => foldersIn(`${root}/${group}`)));
    for (const slug of slugs) {
      if (!slugSchema.safeParse(slug).success || keep(group, slug)) continue;
      const folders = roots.map((root) => `${root}/${group}/${slug}`);
      removeUnlessUsed(folders.map((folder) => `${folder}/builds`));
      removeUnlessUsed(folders);
    }
    roots.forEach((root) => removeFolder(`${root}/${group}`));
  }
  roots.forEach(removeFolder);
}

function removeUnlessUsed(folders: readonly string[]): void {
  if (folders.every((folder) => foldersIn(folder).length === 0)) folders.forEach(removeFolder);
}

/** The kernel refuses a folder with processes or children, so this can't hit one in use. */
function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    const code = systemCodeOf(error);
    if (code !== 'ENOENT' && code !== 'EBUSY' && code !== 'ENOTEMPTY') throw error;
  }
}

function foldersIn(path: string): readonly string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
