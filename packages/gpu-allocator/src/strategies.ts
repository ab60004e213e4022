import type { AllocationSnapshot, GpuInventory, PlacementStrategy } from '@ds01/contracts';
import { isReservedFor, obstaclesOf } from './judge.ts';
import { linksOf, type Links } from './links.ts';
import type { Claimant } from './reserved.ts';
import {
  searchGreedily,
  type Comparator,
  type ComparatorOf,
  type SearchInput,
  type SearchState,
} from './search.ts';
import { bestSet, byTopology } from './topology.ts';
import type { SlotView } from './view.ts';

/** What a strategy knows beside the slots to choose from. */
export interface StrategyInput extends SearchInput {
  readonly inventory: AllocationSnapshot['inventory'];
  readonly claimant: Claimant;
  readonly nowMs: number;
}

/** One comparator per strategy, all of them for the same greedy search. */
const comparators: Readonly<Record<PlacementStrategy, (input: StrategyInput) => ComparatorOf>> = {
  packed,
  distributed: () => (state) => leastUsedFirst(state),
  topology: (input) => (isWholeOnly(input) ? byTopology(linksIn(input.inventory)) : packed(input)),
};

/**
 * Chooses `count` slots that don't overlap, or returns fewer when there aren't as many. A user's
 * own reservation comes before the strategy, numeric order after it.
 */
export function choose(strategy: PlacementStrategy, input: StrategyInput): readonly SlotView[] {
  if (strategy === 'topology' && isWholeOnly(input)) {
    const set = bestSet(input, linksIn(input.inventory), ownFirst(input.claimant));
    if (set !== undefined) return set;
  }
  const comparatorOf = comparators[strategy](input);
  const own = ownFirst(input.claimant);
  return searchGreedily(input, (state) => {
    const compare = comparatorOf(state);
    return (left, right) => own(left, right) || compare(left, right);
  });
}

function isWholeOnly(input: SearchInput): boolean {
  return input.candidates.every((view) => view.slot.migIndex === null);
}

function linksIn(inventory: GpuInventory): Links {
  return linksOf(inventory.devices, inventory.links);
}

function ownFirst(claimant: Claimant): Comparator {
  return (left, right) => {
    if (left.reservations.length === 0 && right.reservations.length === 0) return 0;
    return Number(isReservedFor(right, claimant)) - Number(isReservedFor(left, claimant));
  };
}

function leastUsedFirst({ usedOn }: SearchState): Comparator {
  return (left, right) => usedOn(left.slot.deviceUuid) - usedOn(right.slot.deviceUuid);
}

/**
 * MIG instances: the fullest GPU first. Whole GPUs: those of NVLink groups that are broken anyway,
 * as long as there are enough of them; then the smallest group that holds all that are needed, else
 * the largest one; a group once begun is used up first.
 */
function packed(input: StrategyInput): ComparatorOf {
  const plain = input.inventory.links.length === 0 || input.candidates.length < 2;
  const rankIn = plain ? undefined : groupRanks(input, linksIn(input.inventory));
  return (state) => {
    const rank = rankIn?.(state);
    return (left, right) => {
      const whole = left.slot.migIndex === null && right.slot.migIndex === null;
      if (whole) return rank === undefined ? 0 : rank(left) - rank(right);
      return state.usedOn(right.slot.deviceUuid) - state.usedOn(left.slot.deviceUuid);
    };
  };
}

function groupRanks(
  input: StrategyInput,
  links: Links,
): (state: SearchState) => (view: SlotView) => number {
  const intactAtFirst = intactGroups(input, links);
  return ({ open, chosen, needed }) => {
    const begun = new Set(chosen.map((view) => links.groupOf(view.slot.deviceUuid)));
    const free = new Map<number, number>();
    let broken = 0;
    for (const view of open) {
      const group = links.groupOf(view.slot.deviceUuid);
      free.set(group, (free.get(group) ?? 0) + 1);
      if (begun.has(group) || !intactAtFirst.has(group)) broken += 1;
    }
    const largest = open.length + 1;
    return (view) => {
      const group = links.groupOf(view.slot.deviceUuid);
      if (begun.has(group)) return -1;
      const size = free.get(group) ?? 0;
      const rank = size >= needed ? size : 2 * largest - size;
      return broken >= needed && intactAtFirst.has(group) ? 2 * largest + rank : rank;
    };
  };
}

/** Groups of several GPUs that nobody uses any part of. */
function intactGroups(input: StrategyInput, links: Links): ReadonlySet<number> {
  const free = new Map<number, number>();
  for (const view of input.views) {
    if (view.slot.migIndex !== null) continue;
    if (obstaclesOf(view, input.claimant, input.nowMs).length > 0) continue;
    const group = links.groupOf(view.slot.deviceUuid);
    free.set(group, (free.get(group) ?? 0) + 1);
  }
  const intact = new Set<number>();
  for (const [group, count] of free) {
    if (count > 1 && count === links.groupSize(group)) intact.add(group);
  }
  return intact;
}
