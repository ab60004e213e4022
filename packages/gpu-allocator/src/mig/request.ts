import { formatBytes } from '@ds01/contracts';
import { rangeBits } from '../slice-bits.ts';
import { normalProfile } from '../want.ts';
import { takesMediaEngines, type MigGeometry, type MigProfilePlaces } from './geometry.ts';

/** An instance that a GPU has now; a `MigInstance` of the contracts is one. */
export interface PresentMigInstance {
  /** `null` = unknown; then it may have the media engines. */
  readonly profile: string | null;
  /** Memory slices; `null` = unknown, and nothing is placed beside it. */
  readonly placement: { readonly start: number; readonly size: number } | null;
}

/** A GPU on which an instance may be made: MIG is enabled on it and it is healthy. */
export interface MigGpu {
  /** Names the GPU; lower ones win ties. */
  readonly index: number;
  readonly geometry: MigGeometry;
  /**
   * All GPU instances, also those without a compute instance, which the driver's list of MIG devices
   * leaves out (`-lgi` has them). Compute instances that share a GPU instance may each be in it.
   */
  readonly instances: readonly PresentMigInstance[];
}

/**
 * What the new instance must be: a profile by name, or at least so much memory and so many compute
 * slices. A `+me` is made only when it is asked for by name.
 */
export type MigWant =
  | { readonly kind: 'profile'; readonly profile: string }
  | {
      readonly kind: 'minimum';
      readonly minMemoryBytes?: number;
      readonly minComputeSlices?: number;
    };

/** What an instance takes of an occupancy; `undefined` when its placement isn't known or can't be. */
export function bitsOf(
  geometry: MigGeometry,
  { profile, placement }: PresentMigInstance,
): number | undefined {
  const bits = placement === null ? 0 : rangeBits(placement);
  if (bits === 0 || bits >= geometry.media) return undefined;
  return profile === null || takesMediaEngines(profile) ? bits | geometry.media : bits;
}

/** The occupancy of a GPU; all of it when what an instance takes isn't known. */
export function occupancyOf({ geometry, instances }: MigGpu): number {
  let occupancy = 0;
  for (const instance of instances) {
    const bits = bitsOf(geometry, instance);
    if (bits === undefined) return geometry.full;
    occupancy |= bits;
  }
  return occupancy;
}

/** The profiles of a GPU that are what is wanted. */
export function suitableProfiles(
  geometry: MigGeometry,
  want: MigWant,
): readonly MigProfilePlaces[] {
  if (want.kind === 'profile') {
    const name = normalProfile(want.profile);
    return geometry.profiles.filter(({ shape }) => shape.name === name);
  }
  const { minMemoryBytes = 0, minComputeSlices = 0 } = want;
  return geometry.profiles.filter(
    ({ shape }) =>
      shape.memoryBytes >= minMemoryBytes &&
      shape.computeSlices >= minComputeSlices &&
      !takesMediaEngines(shape.name),
  );
}

/** What is wanted, for a sentence: `a 3g.20gb`, `an instance with at least 10 GiB`. */
export function describeWant(want: MigWant): string {
  if (want.kind === 'profile') return `a ${normalProfile(want.profile)}`;
  const { minMemoryBytes = 0, minComputeSlices = 0 } = want;
  const qualities = [
    ...(minMemoryBytes > 0 ? [formatBytes(minMemoryBytes)] : []),
    ...(minComputeSlices > 0 ? [`${minComputeSlices} compute slices`] : []),
  ];
  return qualities.length === 0
    ? 'an instance'
    : `an instance with at least ${qualities.join(' and ')}`;
}
