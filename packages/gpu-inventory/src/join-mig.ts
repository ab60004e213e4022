import type { MigInstance } from '@ds01/contracts';
import type { ListedMigDevice } from './device-list.ts';
import type { GpuInstanceRow } from './gpu-instances.ts';
import { placementsOf } from './placements.ts';
import type { QueriedMigDevice } from './query-mig.ts';
import type { QueriedDevice } from './query-xml.ts';

/** The ids that the old form of UUID carries: `MIG-GPU-<uuid>/<gpu instance>/<compute instance>`. */
function idsInUuid(uuid: string): readonly [string, number, number] | null {
  const match = /^MIG-(GPU-[^/]+)\/(\d+)\/(\d+)$/u.exec(uuid);
  return match === null ? null : [match[1] ?? '', Number(match[2]), Number(match[3])];
}

function uuidContradicts(
  listed: ListedMigDevice,
  queried: QueriedMigDevice,
  deviceUuid: string | null,
): boolean {
  const ids = idsInUuid(listed.uuid);
  if (ids === null) return false;
  const [uuid, gpuInstanceId, computeInstanceId] = ids;
  return (
    uuid !== deviceUuid ||
    (queried.gpuInstanceId !== null && queried.gpuInstanceId !== gpuInstanceId) ||
    (queried.computeInstanceId !== null && queried.computeInstanceId !== computeInstanceId)
  );
}

function doubtsOf(
  listed: readonly ListedMigDevice[],
  queried: QueriedDevice | undefined,
): readonly string[] {
  if (queried === undefined) return [];
  const described = new Map(queried.migDevices.map((device) => [device.index, device]));
  const doubts: string[] = [];
  if (listed.length > 0 && queried.migMode !== 'enabled' && queried.migDevices.length === 0) {
    doubts.push('MIG devices are listed although MIG is not enabled.');
  }
  if (listed.length !== described.size || listed.some((device) => !described.has(device.index))) {
    doubts.push('Its MIG devices are not the same in two readings.');
  }
  const contradicted = listed.some((device) => {
    const other = described.get(device.index);
    return other !== undefined && uuidContradicts(device, other, queried.uuid);
  });
  if (contradicted) doubts.push('The UUIDs of its MIG devices belong to other instances.');
  return doubts;
}

/**
 * MIG instances of a device: UUID and profile from `-L`, ids and memory from the XML, placement from
 * `mig -lgi` (`rows`; `null` when unread). Disagreements are returned as doubts about the device.
 */
export function joinMigDevices(
  listed: readonly ListedMigDevice[],
  queried: QueriedDevice | undefined,
  rows: readonly GpuInstanceRow[] | null,
): { readonly instances: readonly MigInstance[]; readonly doubts: readonly string[] } {
  const doubts = doubtsOf(listed, queried);
  const joined = listed.map((device) => {
    const known = queried?.migDevices.find((candidate) => candidate.index === device.index);
    const ids = idsInUuid(device.uuid);
    return {
      ...device,
      gpuInstanceId: known?.gpuInstanceId ?? ids?.[1] ?? null,
      computeInstanceId: known?.computeInstanceId ?? ids?.[2] ?? null,
      memoryBytes: known?.memoryBytes ?? null,
      memoryUsedBytes: known?.memoryUsedBytes ?? null,
    };
  });
  const placements = rows === null || doubts.length > 0 ? null : placementsOf(joined, rows);
  const instances = joined
    .map((device) => ({ ...device, placement: placements?.get(device.index) ?? null }))
    .toSorted((left, right) => left.index - right.index);
  return { instances, doubts };
}
