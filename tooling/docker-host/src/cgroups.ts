import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const mountPoint = '/sys/fs/cgroup';

/** Folder, below a host's cgroup folder, of the engine's own processes. */
const daemonCgroup = '_daemon';
/** Folder, below a host's cgroup folder, of containers that were given no parent. */
export const plainCgroup = '_plain';

/**
 * The roots of all cgroup hierarchies of this machine: one for cgroup v2, one for each controller
 * (and the unified one) for v1.
 */
export function cgroupHierarchies(): readonly string[] {
  if (existsSync(join(mountPoint, 'cgroup.controllers'))) return [mountPoint];
  return readdirSync(mountPoint, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(mountPoint, entry.name))
    .filter((folder) => existsSync(join(folder, 'cgroup.procs')));
}

/**
 * Makes `/NAME/_daemon` in every hierarchy, ready to take processes.
 *
 * @returns the folders to join
 */
export function createDaemonCgroups(name: string): readonly string[] {
  return cgroupHierarchies().map((hierarchy) => {
    const parent = join(hierarchy, name);
    const folder = join(parent, daemonCgroup);
    mkdirSync(folder, { recursive: true });
    // A cpuset of v1 takes no process before it has been given processors and memory nodes.
    for (const file of ['cpuset.cpus', 'cpuset.mems']) {
      if (existsSync(join(hierarchy, 'cgroup.controllers'))) continue;
      if (!existsSync(join(hierarchy, file))) continue;
      const value = readFileSync(join(hierarchy, file), 'utf8');
      for (const target of [parent, folder]) writeFileSync(join(target, file), value);
    }
    return folder;
  });
}

/** Pids of all processes in the folder `/NAME`, children included, in any hierarchy. */
export function cgroupMembers(name: string): ReadonlySet<number> {
  const pids = cgroupHierarchies()
    .flatMap((hierarchy) => foldersBelow(join(hierarchy, name)))
    .flatMap((folder) =>
      ifThere(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8'), '').split('\n'),
    )
    .filter((line) => line !== '')
    .map(Number);
  return new Set(pids);
}

/**
 * Lets all frozen processes in the folder `/NAME`, children included, go on: a killed one that is
 * frozen (a paused container's) doesn't end before. Kernel documentation: cgroup-v1 freezer-subsystem,
 * cgroup-v2 `cgroup.freeze`.
 */
export function thawCgroups(name: string): void {
  const files = cgroupHierarchies()
    .flatMap((hierarchy) => foldersBelow(join(hierarchy, name)))
    .flatMap((folder) => [
      { file: join(folder, 'freezer.state'), text: 'THAWED' },
      { file: join(folder, 'cgroup.freeze'), text: '0' },
    ]);
  for (const { file, text } of files) {
    ifThere(() => existsSync(file) && writeFileSync(file, text), undefined);
  }
}

/** Folders of containers that end go away while they are looked at. */
function ifThere<Value>(look: () => Value, otherwise: Value): Value {
  try {
    return look();
  } catch (error) {
    const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
    if (code === 'ENOENT' || code === 'ENODEV') return otherwise;
    throw error;
  }
}

/**
 * Removes the folder `/NAME` from every hierarchy, children first. The kernel lets go of a killed
 * process a little later than /proc does, so this tries for up to two seconds.
 *
 * @returns the folders that could not be removed
 */
export async function removeCgroups(name: string): Promise<readonly string[]> {
  const begin = performance.now();
  for (;;) {
    const left = cgroupHierarchies()
      .flatMap((hierarchy) => foldersBelow(join(hierarchy, name)))
      .filter((folder) => !tryRemove(folder));
    if (left.length === 0 || performance.now() - begin > 2_000) return left;
    await delay(20);
  }
}

/** The folder and all below it, deepest first. */
function foldersBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const children = ifThere(() => readdirSync(folder, { withFileTypes: true }), [])
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => foldersBelow(join(folder, entry.name)));
  return [...children, folder];
}

function tryRemove(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch {
    return !existsSync(folder);
  }
}
