import { setImmediate } from 'node:timers/promises';
import { slotsOf, type GpuInventory } from '@ds01/contracts';
import type { SchedulerPolicy } from '@ds01/scheduler';
import { replayInSteps, summarise, type Trace, type TraceRequest } from '@ds01/scheduler/replay';
import type { PastUse } from './history.ts';

/** A past use as a request of a trace; GPU equivalents say how large a slot is. */
export interface Asked {
  readonly request: TraceRequest;
  /** GPU equivalents of one slot. */
  readonly weight: number;
  readonly earlier: boolean;
}

/** Slots of one size; whoever asks for one size has no use for another. */
export interface Pool {
  readonly weight: number;
  readonly slots: number;
  readonly asked: readonly Asked[];
}

/** What the rules would have led to. */
export interface Outcome {
  readonly requests: number;
  readonly started: number;
  readonly neverStarted: number;
  readonly meanWaitMs: number;
  readonly medianWaitMs: number;
  readonly p95WaitMs: number;
  readonly maxWaitMs: number;
  readonly utilisation: number;
  readonly fairness: number;
  /** Mean waits. */
  readonly people: ReadonlyMap<string, { readonly requests: number; readonly waitMs: number }>;
}

/** So long this process does nothing else at a time. */
const sliceMs = 10;

/** Sorts what was asked for by the size of the slots; `missing` is of sizes that this server has not. */
export function poolsOf(
  inventory: GpuInventory,
  asked: readonly Asked[],
): { readonly pools: readonly Pool[]; readonly missing: number } {
  const sizes = Map.groupBy(inventory.devices.flatMap(slotsOf), (slot) =>
    sizeOf(slot.gpuEquivalents),
  );
  const bySize = Map.groupBy(asked, ({ weight }) => sizeOf(weight));
  const pools = [...sizes].map(([size, slots]) => ({
    weight: slots[0]?.gpuEquivalents ?? 0,
    slots: slots.length,
    asked: bySize.get(size) ?? [],
  }));
  const known = pools.reduce((sum, pool) => sum + pool.asked.length, 0);
  return { pools, missing: asked.length - known };
}

/** GPU equivalents of one slot of a use. */
export function weightOf({ gpuEquivalents, slots }: PastUse): number {
  return gpuEquivalents / slots;
}

/** Replays all pools under a policy, a few milliseconds at a time. */
export async function outcomeOf(
  pools: readonly Pool[],
  policy: SchedulerPolicy,
  signal: AbortSignal | undefined,
): Promise<Outcome> {
  const started = new Map<string, number>();
  for (const { slots, asked } of pools) {
    const trace = { gpus: slots, requests: asked.map(({ request }) => request) };
    for (const { id, startedAtMs } of await replayed(trace, policy, signal)) {
      if (startedAtMs !== null) started.set(id, startedAtMs);
    }
  }
  const all = pools.flatMap(({ asked }) => asked);
  const counted = all.filter(({ earlier }) => !earlier);
  const gpus = pools.reduce((sum, pool) => sum + pool.slots * pool.weight, 0);
  const requests = counted.map(({ request }) => request);
  const { utilisation } = summarise({ gpus, requests: all.map(inEquivalents) }, started);
  const waits = summarise({ gpus, requests: counted.map(inEquivalents) }, started);
  const begun = requests.filter(({ id }) => started.has(id)).length;
  return {
    requests: requests.length,
    started: begun,
    neverStarted: requests.length - begun,
    ...waits,
    utilisation,
    people: peopleOf(requests, started),
  };
}

function inEquivalents({ request, weight }: Asked): TraceRequest {
  return { ...request, gpus: request.gpus * weight };
}

async function replayed(
  trace: Trace,
  policy: SchedulerPolicy,
  signal: AbortSignal | undefined,
): Promise<readonly { readonly id: string; readonly startedAtMs: number | null }[]> {
  const steps = replayInSteps(trace, policy);
  for (;;) {
    signal?.throwIfAborted();
    const endAt = performance.now() + sliceMs;
    while (performance.now() < endAt) {
      const step = steps.next();
      if (step.done === true) return step.value.requests;
    }
    await setImmediate();
  }
}

function peopleOf(
  requests: readonly TraceRequest[],
  started: ReadonlyMap<string, number>,
): Outcome['people'] {
  const people = Map.groupBy(requests, ({ user }) => user);
  return new Map(
    [...people].map(([user, own]) => {
      const waits = own.flatMap(({ id, submittedAtMs }) => {
        const startMs = started.get(id);
        return startMs === undefined ? [] : [startMs - submittedAtMs];
      });
      const total = waits.reduce((sum, wait) => sum + wait, 0);
      return [
        user,
        { requests: own.length, waitMs: waits.length === 0 ? 0 : total / waits.length },
      ];
    }),
  );
}

function sizeOf(gpuEquivalents: number): number {
  return Math.round(gpuEquivalents * 1000);
}
