import type { GpuDevice, GpuHealth, GpuInventory, GpuLink } from '@ds01/contracts';
import type { DeviceList, ListedDevice } from './device-list.ts';
import type { GpuInstanceRow } from './gpu-instances.ts';
import { joinMigDevices } from './join-mig.ts';
import type { DeviceNotice } from './notices.ts';
import { probeFailure } from './probe-failure.ts';
import type { QueriedDevice, QueriedHost } from './query-xml.ts';
import type { Topology } from './topology.ts';

/** What the calls of one reading printed. */
export interface Outputs {
  readonly list: DeviceList;
  readonly host: QueriedHost;
  /** `null` when it could not be read: placements are then unknown. */
  readonly gpuInstances: readonly GpuInstanceRow[] | null;
  /** `null` when it could not be read: links and NUMA nodes are then unknown. */
  readonly topology: Topology | null;
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
  const unreachable = new Set(
    [...list.notices, ...host.notices]
      .filter((notice) => notice.kind === 'unreachable')
      .map((notice) => notice.pciBusId ?? notice.text),
  );
  const missing = host.attachedCount - listed.size;
  if (missing !== 0 && missing !== unreachable.size) {
    throw probeFailure('nvidia-smi contradicts itself about the number of GPUs.', {
      attached: host.attachedCount,
      listed: listed.size,
      unreachable: unreachable.size,
    });
  }
}

function healthOf(faults: readonly string[], doubts: readonly string[]): GpuHealth {
  if (faults.length > 0) return { state: 'unhealthy', reasons: [...faults, ...doubts] };
  return { state: doubts.length > 0 ? 'unknown' : 'healthy', reasons: [...doubts] };
}

function noticeFaults(queried: QueriedDevice, notices: readonly DeviceNotice[]): readonly string[] {
  const own = notices.filter(
    (notice) => notice.pciBusId !== null && notice.pciBusId === queried.pciBusId,
  );
  return own.length === 0 ? [] : [...new Set(own.map((notice) => notice.text))];
}

/** A notice about corruption that doesn't say where casts doubt on every device. */
function noticeDoubts(notices: readonly DeviceNotice[]): readonly string[] {
  return notices
    .filter((notice) => notice.kind === 'corrupt-inforom' && notice.pciBusId === null)
    .map((notice) => notice.text);
}

function joinDevice(listed: ListedDevice, outputs: Outputs): GpuDevice {
  const queried = outputs.host.devices.find((device) => device.uuid === listed.uuid);
  const notices = [...outputs.list.notices, ...outputs.host.notices];
  const rows = outputs.gpuInstances?.filter((row) => row.gpuIndex === listed.index) ?? null;
  const { instances, doubts } = joinMigDevices(listed.migDevices, queried, rows);
  const faults = queried === undefined ? [] : noticeFaults(queried, notices);
  const missing = queried === undefined ? ['nvidia-smi lists it but doesn’t describe it.'] : [];
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
    health: healthOf(
      [...(queried?.findings.faults ?? []), ...faults],
      [...missing, ...(queried?.findings.doubts ?? []), ...noticeDoubts(notices), ...doubts],
    ),
    instances,
    processes: queried?.processes ?? [],
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
 * outputs contradict each other about makes a device's health `unknown`. Throws `gpu.probe-failed`
 * when they don't agree on which GPUs there are.
 */
export function joinInventory(outputs: Outputs): GpuInventory {
  refuseContradictions(outputs);
  const devices = outputs.list.devices.map((listed) => joinDevice(listed, outputs));
  return {
    driverVersion: outputs.host.driverVersion,
    devices,
    links: linksOf(devices, outputs.topology),
  };
}
