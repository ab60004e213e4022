import type { LeaseId } from '@ds01/contracts';
import type { Ask } from './asks.ts';
import { createReplayServer, type ReplayServer } from './replay-server.ts';
import { summarise } from './replay-summary.ts';
import { decide } from './schedule.ts';
import type {
  ReplayedRequest,
  ReplayResult,
  SchedulerPolicy,
  Trace,
  TraceRequest,
  WaitingRequest,
} from './types.ts';
import { accrueUsage, type AccruedUsage } from './usage.ts';

/**
 * Runs the rules over a trace: what was asked for comes at its time, holds what it gets for its
 * duration. Pure and repeatable. GPUs are alike and whole, nobody has a quota, all have used nothing
 * when the trace begins. A request for more GPUs than there are never starts.
 *
 * A request that runs longer than `runtimeMs` says is not stopped: what was kept for others starts
 * later then, as on a real server whose rules were postponed.
 */
export function replay(trace: Trace, policy: SchedulerPolicy): ReplayResult {
  const steps = replayInSteps(trace, policy);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

/**
 * {@link replay} in steps of a moment of the trace each, for callers who must not be kept for long:
 * yields that moment, returns the result.
 */
export function* replayInSteps(
  trace: Trace,
  policy: SchedulerPolicy,
): Generator<number, ReplayResult, void> {
  const started = new Map<string, number>();
  const run = startReplay(trace, policy);
  const arrivals = trace.requests
    .filter(({ gpus }) => gpus <= trace.gpus)
    .toSorted((left, right) => left.submittedAtMs - right.submittedAtMs);
  let next = 0;
  for (;;) {
    const nowMs = Math.min(arrivals[next]?.submittedAtMs ?? Infinity, run.nextEndMs());
    if (nowMs === Infinity) break;
    yield nowMs;
    run.endUntil(nowMs);
    for (; next < arrivals.length; next += 1) {
      const arrival = arrivals[next];
      if (arrival === undefined || arrival.submittedAtMs > nowMs) break;
      run.join(arrival);
    }
    for (const request of run.grant(nowMs)) started.set(request.id, nowMs);
  }
  const requests = trace.requests.map((request) => replayedOf(request, started.get(request.id)));
  return { requests, ...summarise(trace, started) };
}

function replayedOf(request: TraceRequest, startedAtMs: number | undefined): ReplayedRequest {
  const { id, user, submittedAtMs } = request;
  if (startedAtMs === undefined) return { id, user, startedAtMs: null, waitMs: null };
  return { id, user, startedAtMs, waitMs: startedAtMs - submittedAtMs };
}

interface Replay {
  /** When the next request that runs ends; `Infinity`: none runs. */
  nextEndMs(): number;
  endUntil(nowMs: number): void;
  join(request: TraceRequest): void;
  /** Starts what may start now. */
  grant(nowMs: number): readonly TraceRequest[];
}

interface Person {
  usage: AccruedUsage;
  gpus: number;
}

function startReplay(trace: Trace, policy: SchedulerPolicy): Replay {
  const server = createReplayServer(trace);
  const byId = new Map(trace.requests.map((request) => [request.id, request]));
  const people = new Map<string, Person>();
  const endsByMs = new Map<LeaseId, number | null>();
  const askOf = rememberedAsks(server);
  let waiting: readonly WaitingRequest[] = [];
  const hold = (user: string, gpus: number, atMs: number): void => {
    const person = personIn(people, user, atMs);
    person.usage = usageNow(person, atMs, policy);
    person.gpus += gpus;
  };
  return {
    nextEndMs: () => server.nextEndMs(),
    endUntil(nowMs) {
      for (const { request, leaseId } of server.endUntil(nowMs)) {
        endsByMs.delete(leaseId);
        hold(request.user, -request.gpus, nowMs);
      }
    },
    join(request) {
      waiting = [...waiting, server.waitingOf(request)];
    },
    grant(nowMs) {
      if (waiting.length === 0 || server.freeGpus() === 0) return [];
      const usage = usageOf(people, { nowMs, policy });
      const snapshot = server.snapshot(nowMs);
      const input = { snapshot, endsByMs, waiting, usage, policy, held: false };
      const { grants } = decide(input, { estimatedPlaces: 0, askOf });
      if (grants.length === 0) return [];
      const granted = new Set(grants.map(({ id }) => id));
      waiting = waiting.filter(({ id }) => !granted.has(id));
      return grants.flatMap(({ id, placement }) => {
        const request = byId.get(id);
        if (request === undefined) return [];
        const leaseId = server.start(request, placement, nowMs);
        const { runtimeMs } = request;
        endsByMs.set(leaseId, runtimeMs === null ? null : nowMs + runtimeMs);
        hold(request.user, request.gpus, nowMs);
        return [request];
      });
    },
  };
}

function personIn(people: Map<string, Person>, user: string, atMs: number): Person {
  const known = people.get(user);
  if (known !== undefined) return known;
  const person = { usage: { gpuHours: 0, atMs }, gpus: 0 };
  people.set(user, person);
  return person;
}

function usageNow({ usage, gpus }: Person, atMs: number, policy: SchedulerPolicy): AccruedUsage {
  return accrueUsage(usage, {
    gpuEquivalents: gpus,
    atMs,
    halfLifeDays: policy.half_life_days,
  });
}

function usageOf(
  people: ReadonlyMap<string, Person>,
  { nowMs, policy }: { readonly nowMs: number; readonly policy: SchedulerPolicy },
): ReadonlyMap<string, number> {
  if (policy.order === 'fifo') return new Map();
  return new Map(
    [...people].map(([user, person]) => [user, usageNow(person, nowMs, policy).gpuHours]),
  );
}

/** The inventory never changes, so requests for as many GPUs ask for the same. */
function rememberedAsks(server: ReplayServer): (request: WaitingRequest) => Ask {
  const known = new Map<number, Ask>();
  return (request) => {
    const count = request.gpu.kind === 'whole' ? request.gpu.count : 0;
    const before = known.get(count);
    if (before !== undefined) return before;
    const ask = server.askOf(request);
    known.set(count, ask);
    return ask;
  };
}

export { jainIndex, summarise } from './replay-summary.ts';
export type { ReplayedRequest, ReplayResult, Trace, TraceRequest } from './types.ts';
