import { parseMigProfile, type LeasedSlot, type MigInstance, type Slot } from '@ds01/contracts';
import { sliceBits } from './slice-bits.ts';

/** The silicon of one device that somebody has or wants. */
export interface Footprint {
  readonly uuid: string;
  readonly deviceUuid: string;
  /** Bit n is memory slice n; 0 when the placement is unknown. */
  readonly slices: number;
  /** The whole GPU rather than an instance of it. */
  readonly whole: boolean;
  /** Part of the device in the current inventory, so that the driver itself keeps it apart. */
  readonly listed: boolean;
  readonly gpuInstanceId: number | null;
  /** A compute instance that leaves room for others in its GPU instance (`1c.3g.20gb`). */
  readonly partial: boolean;
}

/** What a slot of the inventory covers. `instance` is its MIG device, absent for a whole GPU. */
export function footprintOf(slot: Slot, instance: MigInstance | undefined): Footprint {
  return {
    uuid: slot.uuid,
    deviceUuid: slot.deviceUuid,
    slices: sliceBits(slot.memorySlices),
    whole: slot.migIndex === null,
    listed: true,
    gpuInstanceId: instance?.gpuInstanceId ?? null,
    partial: isPartial(slot.profile),
  };
}

/** What a leased slot covers, with what the inventory knows about its UUID now. */
export function leasedFootprint(leased: LeasedSlot, current: Footprint | undefined): Footprint {
  const slices = sliceBits(leased.memorySlices);
  if (current !== undefined) {
    const union = current.slices | slices;
    return union === current.slices ? current : { ...current, slices: union };
  }
  const uuid: string = leased.uuid;
  return {
    uuid,
    deviceUuid: leased.deviceUuid,
    slices,
    whole: uuid === leased.deviceUuid,
    listed: false,
    gpuInstanceId: null,
    partial: isPartial(leased.profile),
  };
}

/** True if two footprints can't both be given out; see {@link overlapOnDevice}. */
export function overlap(left: Footprint, right: Footprint): boolean {
  if (left.deviceUuid === right.deviceUuid) return overlapOnDevice(left, right);
  return left.uuid === right.uuid;
}

/**
 * True if two footprints on one device can't both be given out. Where a placement is unknown a
 * footprint counts as the whole GPU, except among siblings of the current listing: those are apart
 * unless they are, or may be, compute instances of one GPU instance.
 */
export function overlapOnDevice(left: Footprint, right: Footprint): boolean {
  if (left === right || left.whole || right.whole) return true;
  if (left.slices !== 0 && right.slices !== 0) return (left.slices & right.slices) !== 0;
  if (!left.listed || !right.listed || left.uuid === right.uuid) return true;
  if (left.gpuInstanceId !== null && right.gpuInstanceId !== null) {
    return left.gpuInstanceId === right.gpuInstanceId;
  }
  return left.partial && right.partial;
}

function isPartial(profile: string | null): boolean {
  if (profile === null || !profile.includes('c.')) return false;
  const parsed = parseMigProfile(profile);
  return parsed !== undefined && parsed.computeSlices < parsed.gpuInstanceSlices;
}
