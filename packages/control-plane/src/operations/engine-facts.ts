import type { ContainerView } from '@ds01/contracts';
import type { ContainerDetails, ContainerRecord } from '@ds01/ports';

/**
 * What people see of the engine's details: nothing that could hold a secret, and their folders by
 * the paths that they gave instead of where these are pinned.
 */
export function engineFactsOf(
  details: ContainerDetails,
  record: Pick<ContainerRecord, 'workspace' | 'mounts'>,
): ContainerView['engine'] {
  const { resources } = details;
  const asked = new Map((record.mounts?.data ?? []).map((data) => [data.target, data]));
  return {
    pid: details.pid,
    exitCode: details.exitCode,
    outOfMemory: details.outOfMemory,
    user: details.user,
    command: [...details.command],
    mounts: details.mounts.toSorted(byTarget).map(({ source, target, readOnly }) => {
      const data = asked.get(target);
      // A pin may be read-only where the engine wasn't asked for it.
      if (data !== undefined) return { source: data.folder, target, readOnly: data.readOnly };
      const own = target === '/workspace' ? record.workspace : null;
      return { source: own ?? source, target, readOnly };
    }),
    ports: details.ports.map((port) => ({ ...port })),
    cgroupParent: details.cgroupParent,
    resources: {
      nanoCpus: resources.nanoCpus,
      memoryBytes: resources.memoryBytes,
      memorySwapBytes: resources.memorySwapBytes,
      shmSizeBytes: resources.shmSizeBytes,
      pidsLimit: resources.pidsLimit,
    },
  };
}

/** The engine gives them in any order. */
function byTarget(one: { readonly target: string }, other: { readonly target: string }): number {
  return one.target < other.target ? -1 : 1;
}
