import { usedSlices, type MigGeometry, type MigProfilePlaces } from './geometry.ts';
import { occupancyOf, suitableProfiles, type MigGpu, type MigWant } from './request.ts';

/** A GPU as it is before the choice. */
export interface MigGpuState {
  readonly gpu: MigGpu;
  readonly occupancy: number;
  /** Profiles of the GPU that are what is wanted, whether or not there is a place for them. */
  readonly suitable: readonly MigProfilePlaces[];
  /** Share of its memory slices in use, from 0 to 1. */
  readonly used: number;
  /** See `roomIn` of the geometry. */
  readonly room: number;
}

/** One place where the wanted instance could be made. */
export interface MigCandidate {
  readonly state: MigGpuState;
  readonly profile: MigProfilePlaces;
  readonly start: number;
  /** How much of the GPU's room the instance takes away. */
  readonly cost: number;
}

/** Every GPU with what it offers for a wanted instance. */
export function statesOf(gpus: readonly MigGpu[], want: MigWant): readonly MigGpuState[] {
  const suitable = new Map<MigGeometry, readonly MigProfilePlaces[]>();
  return gpus.map((gpu) => {
    const { geometry } = gpu;
    let profiles = suitable.get(geometry);
    if (profiles === undefined) {
      profiles = suitableProfiles(geometry, want);
      suitable.set(geometry, profiles);
    }
    const occupancy = occupancyOf(gpu);
    return {
      gpu,
      occupancy,
      suitable: profiles,
      used: usedSlices(geometry, occupancy) / geometry.memorySlices,
      room: geometry.roomIn(occupancy),
    };
  });
}

/**
 * Every free place for the smallest suitable profile that has one: the least share of a GPU's memory
 * slices, then the fewest compute slices. A profile asked for by name is taken as it is, also where
 * it is a smaller share of one GPU than of another.
 */
export function candidatesIn(
  states: readonly MigGpuState[],
  want: MigWant,
): readonly MigCandidate[] {
  let found: MigCandidate[] = [];
  let smallest: MigCandidate | undefined;
  for (const state of states) {
    const { gpu, occupancy, room } = state;
    for (const profile of state.suitable) {
      for (const { start, bits } of profile.places) {
        if ((occupancy & bits) !== 0) continue;
        const cost = room - gpu.geometry.roomIn(occupancy | bits);
        const candidate = { state, profile, start, cost };
        const order =
          smallest === undefined || want.kind === 'profile' ? 0 : bySize(candidate, smallest);
        if (order > 0) break;
        if (order < 0) found = [];
        smallest = candidate;
        found.push(candidate);
      }
    }
  }
  return found;
}

function bySize(left: MigCandidate, right: MigCandidate): number {
  return (
    shareOf(left) - shareOf(right) ||
    left.profile.shape.computeSlices - right.profile.shape.computeSlices
  );
}

function shareOf({ state, profile }: MigCandidate): number {
  return profile.shape.size / state.gpu.geometry.memorySlices;
}
