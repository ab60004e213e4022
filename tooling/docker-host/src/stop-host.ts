import { readdirSync, rmdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createSetupError, requireCommand } from '@ds01/setup';
import { cgroupMembers, removeCgroups, thawCgroups } from './cgroups.ts';
import { findHostRoot, hostCgroup, hostsDirectory, removeHostEntry } from './host-registry.ts';
import { readHostState } from './host-state.ts';
import { mountsBelow, unmountBelow } from './mounts.ts';
import { endProcesses, relatedProcesses } from './processes.ts';

/**
 * Ends a host and removes all of it: processes (what `exec` started included), mounts, cgroup folders,
 * files. Works from any state, also after dockerd or a start was killed, and is fine with no host.
 *
 * @returns whether there was anything to remove
 * @throws a setup error (exit code 4) that names what could not be removed
 */
export async function removeHost(name: string): Promise<boolean> {
  const cgroup = hostCgroup(name);
  const root = findHostRoot(name);
  const state = root === undefined ? undefined : readHostState(root);
  const ours = (): ReadonlySet<number> => cgroupMembers(cgroup);
  const find = (): readonly number[] => {
    thawCgroups(cgroup);
    return relatedProcesses({
      seeds: ours(),
      hostId: state?.id,
      namespaces: state?.namespaces ?? [],
    });
  };
  const hadProcesses = find().length > 0;
  const processes = await endProcesses(find, (pid) => ours().has(pid), 10_000);
  refuseLeftovers('processes', processes.map(String));
  if (root !== undefined) {
    refuseLeftovers('mounts', await unmountBelow(root));
    // A root that was given by hand and holds no host of this name is somebody's folder.
    if (state?.name === name || dirname(root) === hostsDirectory) await removeTree(root);
  }
  refuseLeftovers('cgroup folders', await removeCgroups(cgroup));
  removeHostEntry(name);
  return root !== undefined || hadProcesses;
}

async function removeTree(root: string): Promise<void> {
  // People's folders may have been mounted in here: never delete across a mount.
  refuseLeftovers('mounts', mountsBelow(root));
  const entries = readdirSync(root).map((name) => join(root, name));
  if (entries.length > 0) {
    await requireCommand('rm', ['-rf', '--one-file-system', '--', ...entries]);
  }
  try {
    rmdirSync(root);
  } catch {
    // A root that is a mount point stays, empty.
  }
}

function refuseLeftovers(kind: string, left: readonly string[]): void {
  if (left.length === 0) return;
  throw createSetupError(
    `these ${kind} of the docker host could not be removed: ${left.join(' ')}`,
    {
      exitCode: 4,
      hint: 'end what uses them, then stop again',
    },
  );
}
