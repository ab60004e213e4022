import type { DeviceUuid, GpuDevice, GpuHealth, GpuInventory, GpuLink } from '@ds01/contracts';
import type { DeviceList, ListedDevice } from './device-list.ts';
import type { GpuInstanceRow } from './gpu-instances.ts';
import { inventoryNotices } from './inventory-notices.ts';
import { joinMigDevices } from './join-mig.ts';
import { busSlotOf, type KernelEvents, type XidFault } from './kernel-events.ts';
import type { DeviceNotice } from './notices.ts';
import { probeFailure } from './probe-failure.ts';
import type { QueriedDevice, QueriedHost } from './query-xml.ts';
import type { Topology } from './topology.ts';

/** Why a listed device could not be described. */
export interface Undescribed {
  readonly reason: string;
  /** The driver said that it can't reach the device. */
  readonly isLost: boolean;
}

/** What the calls of one reading printed. */
export interface Outputs {
  readonly list: DeviceList;
  readonly host: QueriedHost;
  /** `null` when it could not be read: placements are then unknown. */
  readonly gpuInstances: readonly GpuInstanceRow[] | null;
  /** `null` when it could not be read: links and NUMA nodes are then unknown. */
  readonly topology: Topology | null;
  /** By index; `null` or absent when it could not be read. */
  readonly computeSlices?: ReadonlyMap<number, number> | null;
  /** `null` when the kernel's log could not be read; absent when nobody asked for it. */
  readonly kernel?: KernelEvents | null;
  /** Listed devices that had to be asked for one by one, and in vain. */
  readonly undescribed?: ReadonlyMap<DeviceUuid, Undescribed>;
}

/** Refuses readings in which the two calls don't speak of the same GPUs. */
function refuseContradictions({ list, host }: Outputs): void {
  const listed = new Set(list.devices.map((device) => device.uuid));
  const stranger = host.devices.find((device) => device.uuid !== null && !listed.has(device.uuid));
  if (stranger !== undefined) {
    throw probeFailure(`nvidia-smi describes ${stranger.uuid}, which it doesn't list.`, {
      uuid: stranger.uuid,
    });
  }
  if (host.attachedCount < listed.size) {
    throw probeFailure('nvidia-smi contradicts itself about the number of GPUs.', {
      attached: host.attachedCount,
      listed: listed.size,
    });
  }
}

function healthOf(
  faults: readonly string[],
  doubts: readonly string[],
  failed: boolean,
): GpuHealth {
  if (faults.length > 0) {
    return {
      state: 'unhealthy',
      reasons: [...faults, ...doubts],
      ...(failed ? { failed } : {}),
    };
  }
  return { state: doubts.length > 0 ? 'unknown' : 'healthy', reasons: [...doubts] };
}

function noticeFaults(
  queried: QueriedDevice,
  notices: readonly DeviceNotice[],
): { readonly texts: readonly string[]; readonly isLost: boolean } {
  const own = notices.filter(
    (notice) => notice.pciBusId !== null && notice.pciBusId === queried.pciBusId,
  );
  return {
    texts: [...new Set(own.map((notice) => notice.text))],
    isLost: own.some(({ kind }) => kind === 'unreachable'),
  };
}

/** A notice about corruption that doesn't say where casts doubt on every device. */
function noticeDoubts(notices: readonly DeviceNotice[]): readonly string[] {
  return notices
    .filter((notice) => notice.kind === 'corrupt-inforom' && notice.pciBusId === null)
    .map((notice) => notice.text);
}

/** Fatal Xids of a device, but those that the driver's own recovery action says are over. */
function xidFaults(
  queried: QueriedDevice,
  kernel: KernelEvents | null | undefined,
): readonly XidFault[] {
  if (kernel === null || kernel === undefined) return [];
  const slot =
    queried.pciBusId === null
      ? [...kernel.uuids].find(([, uuid]) => uuid === queried.uuid)?.[0]
      : busSlotOf(queried.pciBusId);
  const faults = slot === undefined ? [] : (kernel.faults.get(slot) ?? []);
  return queried.recoveryAction === null
    ? faults
    : faults.filter(({ isInRecoveryAction }) => !isInRecoveryAction);
}

/** Without a bus id nobody can say whether an Xid was logged for this device. */
function xidDoubts(
  { pciBusId }: QueriedDevice,
  kernel: KernelEvents | null | undefined,
): readonly string[] {
  const isOpen = pciBusId === null && (kernel?.faults.size ?? 0) > 0;
  return isOpen ? ['Xid errors were logged, and its bus id can’t be read.'] : [];
}

/**
 * Faults of devices that are lost so thoroughly that not even their UUID can be read: when there are
 * as many of them as listed devices that nobody described, it is those.
 */
function namelessFaults({ list, host }: Outputs): readonly string[] {
  const described = new Set(host.devices.map((device) => device.uuid));
  const open = list.devices.filter((device) => !described.has(device.uuid));
  const nameless = host.devices.filter((device) => device.uuid === null);
  if (nameless.length !== open.length || !nameless.every((device) => device.hasFailed)) return [];
  return [...new Set(nameless.flatMap((device) => device.findings.faults))].slice(0, 3);
}

function judge(listed: ListedDevice, outputs: Outputs, migDoubts: readonly string[]): GpuHealth {
  const queried = outputs.host.devices.find((device) => device.uuid === listed.uuid);
  const notices = [...outputs.list.notices, ...outputs.host.notices];
  if (queried === undefined) {
    const why = outputs.undescribed?.get(listed.uuid);
    const reason = why?.reason ?? 'nvidia-smi lists it but doesn’t describe it.';
    if (why?.isLost === true) return healthOf([reason], migDoubts, true);
    const faults = namelessFaults(outputs);
    if (faults.length > 0) return healthOf(faults, [], true);
    return healthOf([], [reason, ...noticeDoubts(notices), ...migDoubts], false);
  }
  const xids = xidFaults(queried, outputs.kernel);
  const own = noticeFaults(queried, notices);
  return healthOf(
    [...queried.findings.faults, ...own.texts, ...xids.map(({ text }) => text)],
    [
      ...queried.findings.doubts,
      ...noticeDoubts(notices),
      ...xidDoubts(queried, outputs.kernel),
      ...migDoubts,
    ],
    queried.hasFailed || own.isLost || xids.length > 0,
  );
}

function joinDevice(listed: ListedDevice, outputs: Outputs): GpuDevice {
  const queried = outputs.host.devices.find((device) => device.uuid === listed.uuid);
  const rows = outputs.gpuInstances?.filter((row) => row.gpuIndex === listed.index) ?? null;
  const { instances, doubts } = joinMigDevices(listed.migDevices, queried, rows);
  const slices = outputs.computeSlices?.get(listed.index);
  return {
    index: listed.index,
    uuid: listed.uuid,
    model: listed.name,
    memoryBytes: queried?.memoryBytes ?? null,
    memoryUsedBytes: queried?.memoryUsedBytes ?? null,
    utilizationPercent: queried?.utilizationPercent ?? null,
    pciBusId: queried?.pciBusId ?? null,
    numaNode: outputs.topology?.numaNodes.get(listed.index) ?? null,
    migMode: queried?.migMode ?? 'unknown',
    ...(slices === undefined ? {} : { migComputeSlices: slices }),
    ...settingsOf(queried),
    health: judge(listed, outputs, doubts),
    instances,
    processes: queried?.processes ?? [],
  };
}

/** Settings that the driver told; what it doesn't tell is absent. */
function settingsOf(
  queried: QueriedDevice | undefined,
): Pick<GpuDevice, 'migModePending' | 'persistenceMode'> {
  const { migModePending = null, persistenceMode = null } = queried ?? {};
  return {
    ...(migModePending === null ? {} : { migModePending }),
    ...(persistenceMode === null ? {} : { persistenceMode }),
  };
}

function linksOf(devices: readonly GpuDevice[], topology: Topology | null): readonly GpuLink[] {
  const uuids = new Map(devices.map((device) => [device.index, device.uuid]));
  return (topology?.links ?? []).flatMap(({ fromIndex, toIndex, kind, nvlinkCount }) => {
    const from = uuids.get(fromIndex);
    const to = uuids.get(toIndex);
    return from === undefined || to === undefined ? [] : [{ from, to, kind, nvlinkCount }];
  });
}

/**
 * Puts the outputs of one reading together. Devices are those of `-L`, in order of index; what the
 * outputs contradict each other about makes a device's health `unknown`. GPUs that the driver counts
 * but doesn't list are notices. Throws `gpu.probe-failed` when a device is described that isn't
 * listed, more are listed than there are, or the list was cut.
 */
export function joinInventory(outputs: Outputs): GpuInventory {
  refuseContradictions(outputs);
  const devices = outputs.list.devices.map((listed) => joinDevice(listed, outputs));
  const notices = inventoryNotices(outputs);
  return {
    driverVersion: outputs.host.driverVersion,
    ...(outputs.host.cudaVersion === null ? {} : { cudaVersion: outputs.host.cudaVersion }),
    devices,
    links: linksOf(devices, outputs.topology),
    ...(notices.length > 0 ? { notices } : {}),
  };
}
