import type { DeviceUuid, GpuDevice, GpuLink } from '@ds01/contracts';

/** How the devices of an inventory are connected. */
export interface Links {
  /** Bonded NVLinks between two devices; 0 without. */
  nvlinks(left: DeviceUuid, right: DeviceUuid): number;
  /** Index of the NVLink group (devices that reach each other over NVLink) of a device. */
  groupOf(device: DeviceUuid): number;
  /** Devices of that group; one for a device without NVLink. */
  groupSize(group: number): number;
}

/** Reads the links; one that is listed in both directions counts once. */
export function linksOf(devices: readonly GpuDevice[], links: readonly GpuLink[]): Links {
  const counts = new Map<string, number>();
  const groups = new Map<string, number>(devices.map((device, index) => [device.uuid, index]));
  for (const { from, to, kind, nvlinkCount } of links) {
    if (kind !== 'nvlink' || from === to) continue;
    const key = keyOf(from, to);
    counts.set(key, Math.max(counts.get(key) ?? 0, nvlinkCount, 1));
    merge(groups, from, to);
  }
  const sizes = new Map<number, number>();
  for (const group of groups.values()) sizes.set(group, (sizes.get(group) ?? 0) + 1);
  return {
    nvlinks: (left, right) => counts.get(keyOf(left, right)) ?? 0,
    groupOf: (device) => groups.get(device) ?? -1,
    groupSize: (group) => sizes.get(group) ?? 1,
  };
}

/**
 * True if memory traffic between two devices crosses NUMA nodes. Unknown nodes don't count as a
 * crossing.
 */
export function crossesNuma(left: GpuDevice, right: GpuDevice): boolean {
  return left.numaNode !== null && right.numaNode !== null && left.numaNode !== right.numaNode;
}

function merge(groups: Map<string, number>, from: string, to: string): void {
  const kept = groups.get(from);
  const gone = groups.get(to);
  if (kept === undefined || gone === undefined || kept === gone) return;
  for (const [device, group] of groups) if (group === gone) groups.set(device, kept);
}

function keyOf(left: string, right: string): string {
  return left < right ? `${left} ${right}` : `${right} ${left}`;
}
