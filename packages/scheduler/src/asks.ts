import type { AllocationSnapshot, PlacementReason, Slot } from '@ds01/contracts';
import { allocate } from '@ds01/gpu-allocator';
import { slotCountOf } from './order.ts';
import type { ImpossibleRequest, WaitingRequest } from './types.ts';

/** What a request can be served with, whoever has it now. */
export interface Ask {
  readonly count: number;
  /** Indices of slots in numeric order. */
  readonly suitable: readonly number[];
  /** The same, by index. */
  readonly suits: readonly boolean[];
  /** Least weight of `count` of them. */
  readonly leastWeight: number;
  /** Why no change of what is free would ever help; `null` when one may. */
  readonly impossible: Omit<ImpossibleRequest, 'id'> | null;
}

/** Why a slot isn't what was asked for, as opposed to why it can't be had now. */
const mismatches: ReadonlySet<PlacementReason['code']> = new Set([
  'full-gpu-not-allowed',
  'wrong-profile',
  'wrong-model',
  'too-little-memory',
  'memory-unknown',
  'not-a-whole-gpu',
  'not-requested',
]);

/**
 * Asks of one inventory, whose slots are given in numeric order. The allocator is asked once for
 * each different request, with nothing leased: it gives reasons for every slot.
 */
export function createAsks(
  inventory: AllocationSnapshot['inventory'],
  slots: readonly Slot[],
): (request: WaitingRequest) => Ask {
  const empty: AllocationSnapshot = {
    inventory,
    leases: [],
    busy: [],
    reservations: [],
    nowMs: 0,
  };
  const known = new Map<string, Ask>();
  return (request) => {
    const key = keyOf(request);
    const before = known.get(key);
    if (before !== undefined) return before;
    const ask = askOf(empty, slots, request);
    known.set(key, ask);
    return ask;
  };
}

/** Requests with the same key can be served with the same slots, within the same quotas. */
function keyOf({ gpu, allocation }: WaitingRequest): string {
  const { allowFullGpu, maxGpuEquivalents, aggregateGpuLimit, maxSlotsPerContainer } = allocation;
  const limits = `${allowFullGpu} ${maxGpuEquivalents} ${aggregateGpuLimit} ${maxSlotsPerContainer}`;
  return `${limits} ${JSON.stringify(gpu)}`;
}

function askOf(
  empty: AllocationSnapshot,
  slots: readonly Slot[],
  { gpu, allocation }: WaitingRequest,
): Ask {
  const decision = allocate(empty, gpu, allocation);
  const suitable = decision.candidates.flatMap(({ reasons }, index) =>
    reasons.some(({ code }) => mismatches.has(code)) ? [] : [index],
  );
  const members = new Set(suitable);
  const count = slotCountOf(gpu);
  const lightest = suitable
    .map((index) => slots[index]?.gpuEquivalents ?? 1)
    .sort((left, right) => left - right)
    .slice(0, count);
  const never = decision.decision === 'refused' && !decision.retryable;
  return {
    count,
    suitable,
    suits: slots.map((_, index) => members.has(index)),
    leastWeight: lightest.reduce((sum, weight) => sum + weight, 0),
    impossible: never ? { code: decision.code, message: decision.reason } : null,
  };
}
