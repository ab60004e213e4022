import type { DeviceUuid } from '@ds01/contracts';
import { overlap } from './footprint.ts';
import type { SlotView } from './view.ts';

/** What a comparator may look at while the search goes on. */
export interface SearchState {
  /** Slots that may still be taken, in numeric order; none overlaps a chosen one. */
  readonly open: readonly SlotView[];
  readonly chosen: readonly SlotView[];
  /** How many are still needed, 1 or more. */
  readonly needed: number;
  /** Weight in use on a device, the chosen ones included, in millionths. */
  readonly usedOn: (device: DeviceUuid) => number;
}

/** Orders two slots, the better one first; 0 leaves it to numeric order. */
export type Comparator = (left: SlotView, right: SlotView) => number;

/** Makes the comparator for the next pick. */
export type ComparatorOf = (state: SearchState) => Comparator;

/** What a search chooses from. */
export interface SearchInput {
  /** Slots that may be taken, in numeric order. */
  readonly candidates: readonly SlotView[];
  readonly count: number;
  /** All slots of the inventory. */
  readonly views: readonly SlotView[];
}

/**
 * Takes the best slot by the comparator, again and again, never two that overlap. Returns fewer
 * than `count` when there are no more.
 */
export function searchGreedily(input: SearchInput, comparatorOf: ComparatorOf): SlotView[] {
  const used = usedWeights(input.views);
  const chosen: SlotView[] = [];
  let open = input.candidates;
  while (chosen.length < input.count && open.length > 0) {
    const usedOn = (device: DeviceUuid): number => used.get(device) ?? 0;
    const compare = comparatorOf({ open, chosen, needed: input.count - chosen.length, usedOn });
    const best = open.reduce((first, next) => (compare(next, first) < 0 ? next : first));
    chosen.push(best);
    used.set(best.slot.deviceUuid, usedOn(best.slot.deviceUuid) + millionths(best));
    open = open.filter((view) => !overlap(view.footprint, best.footprint));
  }
  return chosen;
}

/** As many slots as possible of which no two overlap, at most `count`, the first ones first. */
export function disjoint(views: readonly SlotView[], count: number): SlotView[] {
  const chosen: SlotView[] = [];
  for (const view of views) {
    if (chosen.length === count) break;
    if (!chosen.some((other) => overlap(other.footprint, view.footprint))) chosen.push(view);
  }
  return chosen;
}

function usedWeights(views: readonly SlotView[]): Map<string, number> {
  const used = new Map<string, number>();
  for (const view of views) {
    if (view.blockers.length === 0 && !view.busy) continue;
    const device = view.slot.deviceUuid;
    used.set(device, (used.get(device) ?? 0) + millionths(view));
  }
  return used;
}

/** Whole numbers, so that the order in which weights were added can't decide between devices. */
function millionths(view: SlotView): number {
  return Math.round(view.slot.gpuEquivalents * 1_000_000);
}
