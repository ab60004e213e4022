import type { ContainerView } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';

/** What people see of the engine's details: nothing that could hold a secret. */
export function engineFactsOf(details: ContainerDetails): ContainerView['engine'] {
  const { resources } = details;
  return {
    pid: details.pid,
    exitCode: details.exitCode,
    outOfMemory: details.outOfMemory,
    user: details.user,
    command: [...details.command],
    mounts: details.mounts.map((mount) => ({ ...mount })),
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
