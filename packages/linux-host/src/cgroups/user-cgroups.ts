import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import type { UserCgroups } from '@ds01/ports';
import { slugSchema } from '@ds01/contracts';
import { systemCodeOf } from '../storage-errors.ts';
import { applyPlan } from './apply.ts';
import { pathOf, planVersion1, planVersion2 } from './plan.ts';

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
 * Parents of users as folders `<root>/<group>/<slug>` under the cgroupfs driver. Under systemd's the
 * slice is named and a notice says that its limits are not applied by this version. A limit that the
 * host can't enforce is a notice, never silently left out.
 */
export function createUserCgroups(options: UserCgroupsOptions): UserCgroups {
  const { root, mount = '/sys/fs/cgroup' } = options;
  let facts: Promise<CgroupFacts> | undefined;
  const detect = () => (facts ??= options.detect?.() ?? Promise.resolve(factsOf(mount)));
  return {
    async ensure({ group, slug, limits }) {
      const { version, driver } = await detect();
      const owner = { root, group, slug };
      if (driver === 'systemd') {
        const notice = 'systemd cgroup driver: aggregate limits are applied from a later version';
        return { cgroupParent: `ds01-${group}-${slug}.slice`, notices: [notice] };
      }
      const plan = version === 2 ? planVersion2(owner, limits) : planVersion1(owner, limits);
      return { cgroupParent: pathOf(owner), notices: applyPlan(mount, plan) };
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
      const folders = roots.map((root) => `${root}/${group}/${slug}`);
      const hasChildren = folders.some((folder) => foldersIn(folder).length > 0);
      if (hasChildren || !slugSchema.safeParse(slug).success || keep(group, slug)) continue;
      folders.forEach(removeFolder);
    }
    roots.forEach((root) => removeFolder(`${root}/${group}`));
  }
  roots.forEach(removeFolder);
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
