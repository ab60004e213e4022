import { candidatesIn, statesOf, type MigCandidate, type MigGpuState } from './candidates.ts';
import { bitsOf, type MigGpu, type MigWant } from './request.ts';
import { chooseCandidate, type MigPlacementPolicy } from './strategies.ts';

/** One GPU with what speaks for and against it. */
export interface MigGpuExplanation {
  /** Index of the GPU. */
  readonly gpu: number;
  readonly outcome: 'chosen' | 'passed-over' | 'no-place' | 'not-known' | 'no-such-profile';
  /** For people, without a full stop. */
  readonly message: string;
  /** How many more instances fit on it now, each profile counted alone, added up. */
  readonly room: number;
  /** Places that were weighed, with how much of the room each would take away; lowest start first. */
  readonly places: readonly {
    readonly profile: string;
    readonly start: number;
    readonly cost: number;
  }[];
}

/**
 * Every GPU with what `placeMigInstance` weighed for the same arguments, by index. With `random` the
 * source must be at the same point again for the same place to be the chosen one.
 */
export function explainMigPlacement(
  gpus: readonly MigGpu[],
  want: MigWant,
  policy: MigPlacementPolicy,
): readonly MigGpuExplanation[] {
  const states = statesOf(gpus, want);
  const candidates = candidatesIn(states, want);
  const chosen = chooseCandidate(candidates, policy);
  return states
    .toSorted((left, right) => left.gpu.index - right.gpu.index)
    .map((state) => ({
      gpu: state.gpu.index,
      room: state.room,
      ...outcomeOf(state, candidates, chosen),
      places: candidates
        .filter((candidate) => candidate.state === state)
        .map(({ profile, start, cost }) => ({ profile: profile.shape.name, start, cost })),
    }));
}

function outcomeOf(
  state: MigGpuState,
  candidates: readonly MigCandidate[],
  chosen: MigCandidate | undefined,
): Pick<MigGpuExplanation, 'outcome' | 'message'> {
  const own = candidates.filter((candidate) => candidate.state === state);
  if (chosen?.state === state) {
    return {
      outcome: 'chosen',
      message: `start ${chosen.start} takes ${chosen.cost} of the room of ${state.room}`,
    };
  }
  if (own.length > 0) {
    const least = Math.min(...own.map(({ cost }) => cost));
    const message = `any place takes ${least} or more of the room of ${state.room}`;
    return { outcome: 'passed-over', message };
  }
  if (state.suitable.length === 0) {
    return { outcome: 'no-such-profile', message: 'has no profile that is what is wanted' };
  }
  if (state.gpu.instances.some((instance) => bitsOf(state.gpu.geometry, instance) === undefined)) {
    return { outcome: 'not-known', message: 'the placement of an instance is not known' };
  }
  return { outcome: 'no-place', message: whyNoPlace(state) };
}

function whyNoPlace({ gpu, occupancy, suitable }: MigGpuState): string {
  const { media } = gpu.geometry;
  const free = suitable.find(({ places }) => places.some(({ bits }) => (bits & occupancy) === 0));
  if (free !== undefined) {
    return `only ${free.shape.name} fits, which is larger than what fits elsewhere`;
  }
  const onlyMedia = suitable.some(({ places }) =>
    places.some(({ bits }) => (bits & occupancy) === media),
  );
  if (onlyMedia) return 'another instance has the media engines';
  const names = suitable.map(({ shape }) => shape.name).join(' or ');
  return `no free slices where ${names} may start`;
}
