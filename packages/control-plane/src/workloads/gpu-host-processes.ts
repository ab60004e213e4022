import type { ContainerId, GpuInventory, Lease, SlotId } from '@ds01/contracts';
import type { HostProcess, HostProcesses } from '@ds01/ports';
import { slotsOfProcess } from '../reconcile/computing.ts';
import { isSystemProgram } from './system-programs.ts';

/** A process on a GPU that no container of this engine explains. */
export interface GpuHostProcess extends HostProcess {
  /** UUID of the GPU. */
  readonly device: string;
  /** `null` when the driver doesn't say on which instance it is. */
  readonly slot: SlotId | null;
  readonly memoryBytes: number | null;
  /** Who has leased what it is on: the user, or the container of nobody known; `null` when nobody has. */
  readonly leaseOf: string | null;
}

/** What it is told from. */
export interface GpuHostProcessesInput {
  readonly inventory: GpuInventory;
  readonly leases: readonly Lease[];
  /** Containers of this engine; what is in another engine's is a process of the host here. */
  readonly containers: ReadonlySet<ContainerId>;
  readonly processes: HostProcesses;
}

/**
 * Processes that compute on GPUs outside of all containers, at this moment: neither display servers
 * nor what belongs to the driver. One on two GPUs is told twice.
 */
export function gpuHostProcesses(input: GpuHostProcessesInput): readonly GpuHostProcess[] {
  return input.inventory.devices.flatMap((device) =>
    device.processes.flatMap((process): GpuHostProcess[] => {
      if (process.kind === 'G') return [];
      const id = input.processes.containerOf(process.pid);
      if (id !== null && input.containers.has(id)) return [];
      const described = input.processes.describe(process.pid);
      if (described === null || isSystemProgram(described)) return [];
      const slots = slotsOfProcess(device, process);
      const uuids = new Set<string>([device.uuid, ...slots.map(({ uuid }) => uuid)]);
      const lease = input.leases.find((each) => each.slots.some(({ uuid }) => uuids.has(uuid)));
      return [
        {
          ...described,
          device: device.uuid,
          slot: slots.length === 1 ? (slots[0]?.slot ?? null) : null,
          memoryBytes: process.memoryBytes,
          leaseOf: lease === undefined ? null : (lease.user ?? lease.dockerName),
        },
      ];
    }),
  );
}
