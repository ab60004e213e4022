import type { AllocationPolicy, AllocationSnapshot, LeaseId, Placement } from '@ds01/contracts';
import { amountOf, compareAmounts, fits, usageOf, type Amount } from '@ds01/gpu-allocator';
import { createAsks, type Ask } from './asks.ts';
import { leaseOf } from './granted-lease.ts';
import { viewServer, withTaken, type SlotView } from './server-view.ts';
import type { SchedulerInput, WaitingRequest } from './types.ts';

/** What one pass over the queue knows and changes: the grants so far, as leases that are there. */
export interface Pass {
  readonly nowMs: number;
  readonly askOf: (request: WaitingRequest) => Ask;
  snapshot(): AllocationSnapshot;
  views(): readonly SlotView[];
  /** Indices of the slots that nobody has. */
  free(): readonly number[];
  /** When each slot is expected to be free, by index: what is planned for it included. */
  readonly plannedMs: number[];
  /**
   * Until when each slot may be used by others than those it is kept for: `Infinity` is freely,
   * `-Infinity` not at all.
   */
  readonly keptFromMs: number[];
  /** GPU equivalents of the slots that are kept for each person. */
  readonly promised: Map<string, number>;
  /** How many GPU equivalents a person has now. */
  usedBy(user: AllocationPolicy['user']): Amount;
  /** When so much of what a person has will have ended; `Infinity`: unknown. */
  quotaAtMs(request: WaitingRequest, weight: number): number;
  /** Counts a grant as a lease. */
  take(request: WaitingRequest, placement: Placement): void;
}

/** Begins a pass; `askOf` spares it from asking again what the inventory can do. */
export function startPass(input: SchedulerInput, askOf?: Pass['askOf']): Pass {
  const { nowMs } = input.snapshot;
  const endsByMs = new Map<LeaseId, number | null>(input.endsByMs);
  let snapshot = input.snapshot;
  let views = viewServer(snapshot, endsByMs);
  let free = freeIn(views);
  let granted = 0;
  const used = new Map<string, Amount>();
  const plannedMs = views.map((view) => view.freeAtMs);
  return {
    nowMs,
    askOf:
      askOf ??
      createAsks(
        snapshot.inventory,
        views.map(({ slot }) => slot),
      ),
    snapshot: () => snapshot,
    views: () => views,
    free: () => free,
    plannedMs,
    keptFromMs: views.map(() => Infinity),
    promised: new Map(),
    usedBy(user) {
      const known = used.get(user);
      if (known !== undefined) return known;
      const amount = { value: usageOf(snapshot.leases, user).gpuEquivalents };
      used.set(user, amount);
      return amount;
    },
    quotaAtMs: ({ allocation }, weight) =>
      quotaAtMs({ snapshot, endsByMs, nowMs, allocation, weight }),
    take(request, placement) {
      if (placement.slots.length === 0) return;
      const { user } = request.allocation;
      const lease = leaseOf({ user, name: request.id, placement, number: granted });
      const endMs = endOf(request, nowMs);
      granted += 1;
      endsByMs.set(lease.id, endMs);
      snapshot = { ...snapshot, leases: [...snapshot.leases, lease] };
      views = withTaken(views, { slots: placement.slots, endMs: endMs ?? Infinity });
      free = freeIn(views);
      for (const [index, view] of views.entries()) {
        plannedMs[index] = Math.max(plannedMs[index] ?? Infinity, view.freeAtMs);
      }
      used.delete(request.allocation.user);
    },
  };
}

function freeIn(views: readonly SlotView[]): readonly number[] {
  return views.flatMap((view, index) => (view.free ? [index] : []));
}

/** When a request that starts then ends at the latest; `null`: unknown. */
function endOf({ runtimeMs }: WaitingRequest, startMs: number): number | null {
  return runtimeMs === null ? null : startMs + runtimeMs;
}

/** What a person may have altogether. */
export function allowedTo({ maxGpuEquivalents, aggregateGpuLimit }: AllocationPolicy): Amount {
  const own = amountOf(maxGpuEquivalents);
  const aggregate = amountOf(aggregateGpuLimit);
  return compareAmounts(aggregate, own) < 0 ? aggregate : own;
}

function quotaAtMs(options: {
  readonly snapshot: AllocationSnapshot;
  readonly endsByMs: ReadonlyMap<LeaseId, number | null>;
  readonly nowMs: number;
  readonly allocation: AllocationPolicy;
  readonly weight: number;
}): number {
  const { snapshot, endsByMs, nowMs, allocation, weight } = options;
  const allowed = allowedTo(allocation);
  const own = snapshot.leases
    .filter((lease) => lease.state !== 'released' && lease.user === allocation.user)
    .map((lease) => ({
      endMs: endsByMs.get(lease.id) ?? Infinity,
      weight: lease.slots.reduce((sum, slot) => sum + slot.gpuEquivalents, 0),
    }))
    .sort((left, right) => left.endMs - right.endMs);
  let used = own.reduce((sum, lease) => sum + lease.weight, 0);
  let atMs = nowMs;
  for (const lease of own) {
    if (fits({ value: used + weight }, allowed)) break;
    used -= lease.weight;
    atMs = Math.max(atMs, lease.endMs);
  }
  return atMs;
}
