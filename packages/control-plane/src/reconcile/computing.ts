import {
  slotsOf,
  type ContainerId,
  type GpuDevice,
  type GpuInventory,
  type GpuProcess,
  type Slot,
  type SlotUuid,
} from '@ds01/contracts';
import type { HostProcesses } from '@ds01/ports';

/**
 * Slots on which processes outside any container compute; nobody is given these. A display server
 * alone doesn't count.
 */
export function busySlots(inventory: GpuInventory, processes: HostProcesses): readonly SlotUuid[] {
  const used = computing(inventory).filter(({ pid }) => processes.containerOf(pid) === null);
  return [...new Set(used.flatMap(({ slots }) => slots.map(({ uuid }) => uuid)))];
}

/**
 * Slots on which the processes of a container compute, whatever it asked the engine for. The
 * processes are looked at once, when the first container is asked for.
 */
export function slotsInUseBy(
  inventory: GpuInventory | null,
  processes: HostProcesses,
): (id: ContainerId) => readonly Slot[] {
  let found: Map<ContainerId, Slot[]> | null = null;
  const look = (): Map<ContainerId, Slot[]> => {
    const byContainer = new Map<ContainerId, Slot[]>();
    for (const { pid, slots } of inventory === null ? [] : computing(inventory)) {
      const id = processes.containerOf(pid);
      if (id !== null) byContainer.set(id, [...(byContainer.get(id) ?? []), ...slots]);
    }
    return byContainer;
  };
  return (id) => {
    found ??= look();
    return found.get(id) ?? [];
  };
}

function computing(inventory: GpuInventory) {
  return inventory.devices.flatMap((device) =>
    device.processes
      .filter(({ kind }) => kind !== 'G')
      .map((process) => ({ pid: process.pid, slots: slotsOfProcess(device, process) })),
  );
}

/** Slots that a process of a device is on: all of a divided one when the driver doesn't say which. */
export function slotsOfProcess(device: GpuDevice, process: GpuProcess): readonly Slot[] {
  const instance = device.instances.find(
    (candidate) =>
      candidate.gpuInstanceId === process.gpuInstanceId &&
      (process.computeInstanceId === null ||
        candidate.computeInstanceId === process.computeInstanceId),
  );
  const slots = slotsOf(device);
  return instance === undefined ? slots : slots.filter(({ uuid }) => uuid === instance.uuid);
}
