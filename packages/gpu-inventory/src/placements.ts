import { memorySlicesPerDevice, parseMigProfile } from '@ds01/contracts';
import type { ListedMigDevice } from './device-list.ts';
import type { GpuInstanceRow } from './gpu-instances.ts';

/** Memory slices of a GPU instance. */
export type Slices = GpuInstanceRow['placement'];

function overlap(left: Slices, right: Slices): boolean {
  return left.start < right.start + right.size && right.start < left.start + left.size;
}

function plausible(rows: readonly GpuInstanceRow[]): boolean {
  return rows.every(
    ({ placement }, position) =>
      placement.size > 0 &&
      placement.start + placement.size <= memorySlicesPerDevice &&
      rows.slice(position + 1).every((other) => !overlap(placement, other.placement)),
  );
}

/** `1c.3g.40gb` lives in a `3g.40gb`: the GPU instance's name is the part without the `c`. */
function gpuInstanceProfile(profile: string): string {
  return parseMigProfile(profile) === undefined ? profile : profile.replace(/^\d+c\./u, '');
}

/**
 * Placements of a device's MIG devices, by MIG index. All are known or none is (`null`): a device
 * of which one placement is unknown, belongs to another profile, overlaps another or lies outside
 * of the GPU was repartitioned between two calls, or is not understood.
 */
export function placementsOf(
  migDevices: readonly (ListedMigDevice & { readonly gpuInstanceId: number | null })[],
  rows: readonly GpuInstanceRow[],
): ReadonlyMap<number, Slices> | null {
  if (!plausible(rows)) return null;
  const placements = new Map<number, Slices>();
  for (const { index, profile, gpuInstanceId } of migDevices) {
    const row = rows.find((candidate) => candidate.gpuInstanceId === gpuInstanceId);
    if (row === undefined || row.profile !== gpuInstanceProfile(profile)) return null;
    placements.set(index, row.placement);
  }
  return placements;
}
