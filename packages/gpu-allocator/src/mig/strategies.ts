import type { MigCandidate } from './candidates.ts';

type Comparator = (left: MigCandidate, right: MigCandidate) => number;

/** A number from 0 up to 1, 1 excluded. */
export type RandomSource = () => number;

/** How the place is chosen; `random` draws once from the source that it is given. */
export type MigPlacementPolicy =
  | { readonly strategy: 'packed' | 'best-fit' | 'first-fit' | 'distributed' }
  | { readonly strategy: 'random'; readonly random: RandomSource };

/** What a strategy is called. */
export type MigPlacementStrategy = MigPlacementPolicy['strategy'];

/** Each orders candidates, the better one first; what it leaves open is decided by {@link byState}. */
const comparators: Readonly<Record<Exclude<MigPlacementStrategy, 'random'>, Comparator>> = {
  packed: (left, right) => left.cost - right.cost || right.state.used - left.state.used,
  'best-fit': (left, right) => right.state.used - left.state.used,
  'first-fit': (left, right) => byPosition(left, right),
  distributed: (left, right) => left.state.used - right.state.used,
};

/**
 * Chooses one of the candidates, `undefined` of none. The order of the candidates makes no
 * difference; among GPUs with the same occupancy the lower index is taken.
 */
export function chooseCandidate(
  candidates: readonly MigCandidate[],
  policy: MigPlacementPolicy,
): MigCandidate | undefined {
  if (policy.strategy === 'random') {
    const position = Math.floor(policy.random() * candidates.length);
    return candidates.toSorted(byPosition)[Math.min(position, candidates.length - 1)];
  }
  const compare = comparators[policy.strategy];
  let best: MigCandidate | undefined;
  for (const next of candidates) {
    if (best === undefined || (compare(next, best) || byState(next, best)) < 0) best = next;
  }
  return best;
}

/** By what is there before by index, so that which of two GPUs is in which state doesn't matter. */
function byState(left: MigCandidate, right: MigCandidate): number {
  return (
    left.state.occupancy - right.state.occupancy ||
    left.start - right.start ||
    byPosition(left, right)
  );
}

function byPosition(left: MigCandidate, right: MigCandidate): number {
  return left.state.gpu.index - right.state.gpu.index || left.start - right.start;
}
