import type {
  ContainerId,
  GpuDevice,
  GpuInventory,
  GpuProcess,
  LeasedSlot,
  MigInstance,
} from '@ds01/contracts';
import type { SlotSample } from '@ds01/lifecycle';
import type { HostProcesses, SlotUtilization } from '@ds01/ports';
import { slotsOfProcess } from '../../reconcile/computing.ts';

/** What is known of the GPUs, and whose slots are asked for. */
export interface SlotUse {
  readonly containerId: ContainerId;
  /** Those that its lease is for. */
  readonly slots: readonly LeasedSlot[];
  /** `null` when the GPUs can't be read. */
  readonly inventory: GpuInventory | null;
  /** Of another source than the driver's tool; `null` without one. */
  readonly utilization: readonly SlotUtilization[] | null;
  readonly processes: Pick<HostProcesses, 'containerOf' | 'describe'>;
}

/**
 * How much a container's slots are used, each of them once. The driver's tool tells the utilisation of
 * whole GPUs only; for an instance of MIG, and where it prints `[N/A]`, the other source counts, or else
 * whether the container has a process there or takes memory. What can't be told is `null`.
 */
export function slotSamples(use: SlotUse): readonly SlotSample[] {
  return use.slots.map((leased) => {
    const device = use.inventory?.devices.find(({ uuid }) => uuid === leased.deviceUuid);
    const instance = device?.instances.find(({ uuid }) => uuid === leased.uuid);
    const isThere = device !== undefined && (leased.profile === null || instance !== undefined);
    return {
      slot: leased.slot,
      utilizationPercent: isThere ? percentOf({ device, instance }, use.utilization) : null,
      inUse: isThere ? isInUse({ device, instance }, leased, use) : null,
    };
  });
}

/** A whole GPU, or an instance of one. */
interface Part {
  readonly device: GpuDevice;
  readonly instance: MigInstance | undefined;
}

function percentOf({ device, instance }: Part, utilization: SlotUse['utilization']): number | null {
  const instanceId = instance === undefined ? null : instance.gpuInstanceId;
  const isTold = instance === undefined || instanceId !== null;
  const told = (isTold ? (utilization ?? []) : [])
    .filter((entry) => entry.deviceUuid === device.uuid && entry.gpuInstanceId === instanceId)
    .map(({ percent }) => percent);
  const driver = instance === undefined ? device.utilizationPercent : null;
  const known = driver === null ? told : [...told, driver];
  return known.length === 0 ? null : Math.max(...known);
}

/**
 * More than what the driver itself takes of an empty GPU or instance: up to 3 MiB for each 5 GiB were
 * seen, and a process that computes takes some 200 MiB at least.
 */
function isTaken(memoryUsedBytes: number, memoryBytes: number | null): boolean {
  return memoryUsedBytes > Math.max(64 * 2 ** 20, (memoryBytes ?? 0) / 512);
}

function isInUse({ device, instance }: Part, leased: LeasedSlot, use: SlotUse): boolean | null {
  const present = device.processes.filter((process) =>
    slotsOfProcess(device, process).some(({ uuid }) => uuid === leased.uuid),
  );
  const others = present.filter((process) => isOfOthers(process, use));
  if (others.length < present.length) return true;
  const { memoryUsedBytes, memoryBytes } = instance ?? device;
  // Of a device that isn't described wholly, the list may be short.
  const isWhole = device.health.state !== 'unknown';
  if (memoryUsedBytes === null) return null;
  const othersBytes = others.reduce((sum, { memoryBytes: own }) => sum + (own ?? 0), 0);
  if (isTaken(memoryUsedBytes - othersBytes, memoryBytes)) {
    return others.some(({ memoryBytes: own }) => own === null) ? null : true;
  }
  return isWhole ? false : null;
}

/** A process of the host or of another container; one that can't be looked at may be the container's. */
function isOfOthers({ pid }: GpuProcess, { containerId, processes }: SlotUse): boolean {
  const id = processes.containerOf(pid);
  return id === null ? processes.describe(pid) !== null : id !== containerId;
}
