import type { ErrorCode } from '@ds01/contracts';
import { isProfile } from '../want.ts';
import { candidatesIn, statesOf, type MigCandidate, type MigGpuState } from './candidates.ts';
import { describeWant, type MigGpu, type MigWant } from './request.ts';
import {
  chooseCandidate,
  type MigPlacementPolicy,
  type MigPlacementStrategy,
} from './strategies.ts';

/** Where the new instance goes: what `nvidia-smi mig -i GPU -cgi PROFILE:START` wants to know. */
export interface MigPlacement {
  readonly decision: 'placed';
  /** Index of the GPU. */
  readonly gpu: number;
  readonly profile: string;
  /** Memory slices of the instance. */
  readonly placement: { readonly start: number; readonly size: number };
  /** One sentence: what was taken and why. */
  readonly reason: string;
}

/** Why there is no place. */
export interface MigPlacementRefusal {
  readonly decision: 'refused';
  readonly code: ErrorCode;
  /** One sentence: what was asked and what is there. */
  readonly reason: string;
  readonly details: Readonly<Record<string, string | number>>;
  /** True when the same request may succeed after instances were removed. */
  readonly retryable: boolean;
}

/** Outcome of one choice. */
export type MigPlacementDecision = MigPlacement | MigPlacementRefusal;

/**
 * Chooses GPU and start for a new MIG instance, or says why there is none: `gpu.invalid-profile` (not
 * the name of a profile), `gpu.no-match` (no GPU has such a profile) or `gpu.none-free` (each place is
 * taken, or what is there isn't known). Two instances never share a memory slice, only one on a GPU
 * has the media engines (`+me`), and only places that the geometry lists are used; seven compute
 * slices are then never exceeded (NVIDIA's MIG user guide). The order of GPUs and instances makes no difference.
 */
export function placeMigInstance(
  gpus: readonly MigGpu[],
  want: MigWant,
  policy: MigPlacementPolicy,
): MigPlacementDecision {
  const states = statesOf(gpus, want);
  const candidates = candidatesIn(states, want);
  const chosen = chooseCandidate(candidates, policy);
  return chosen === undefined
    ? refuse(states, want)
    : place(chosen, candidates.length, policy.strategy);
}

const preferences: Readonly<Record<MigPlacementStrategy, string>> = {
  packed: 'the one that takes the least room',
  'best-fit': 'the first one on the fullest GPU',
  'first-fit': 'the first one',
  distributed: 'the first one on the emptiest GPU',
  random: 'one by chance',
};

function place(
  { state, profile, start, cost }: MigCandidate,
  choices: number,
  strategy: MigPlacementStrategy,
): MigPlacement {
  const { name, size } = profile.shape;
  const { index } = state.gpu;
  const slices = size === 1 ? `slice ${start}` : `slices ${start} to ${start + size - 1}`;
  const which = choices === 1 ? 'the only place' : `of ${choices} places ${preferences[strategy]}`;
  return {
    decision: 'placed',
    gpu: index,
    profile: name,
    placement: { start, size },
    reason: `${name} on ${slices} of GPU ${index}, ${which}: ${cost} of the room of ${state.room}.`,
  };
}

function refuse(states: readonly MigGpuState[], want: MigWant): MigPlacementRefusal {
  const asked = describeWant(want);
  const suitable = states.filter((state) => state.suitable.length > 0);
  const base = { decision: 'refused', details: { asked, gpus: states.length } } as const;
  if (suitable.length > 0) {
    return {
      ...base,
      code: 'gpu.none-free',
      reason: `There is no place for ${asked} on ${count(suitable.length)} that could have one.`,
      details: { ...base.details, suitableGpus: suitable.length },
      retryable: true,
    };
  }
  if (want.kind === 'profile' && !isProfile(want.profile)) {
    return {
      ...base,
      code: 'gpu.invalid-profile',
      reason: `${want.profile} isn't the name of a MIG profile.`,
      retryable: false,
    };
  }
  const names = new Set(
    states.flatMap(({ gpu }) => gpu.geometry.profiles.map(({ shape }) => shape.name)),
  );
  const there =
    names.size === 0 ? 'No GPU takes MIG instances' : `There are ${[...names].join(', ')}`;
  return {
    ...base,
    code: 'gpu.no-match',
    reason: `No GPU can have ${asked}. ${there}.`,
    retryable: false,
  };
}

function count(gpus: number): string {
  return gpus === 1 ? 'the GPU' : `the ${gpus} GPUs`;
}
