import type { GpuReservation, Lease, LeaseId } from '@ds01/contracts';
import { leaseOf } from '../granted-lease.ts';
import { schedule } from '../schedule.ts';
import type { SchedulerDecision, SchedulerPolicy, WaitingRequest } from '../types.ts';
import { gpus, hourMs, inputOf } from './build.ts';

/** A request of a simulated server: when it comes and how long it really runs, in hours. */
export interface LiveRequest {
  readonly request: WaitingRequest;
  readonly atH: number;
  readonly runsH: number;
}

/** What one pass of a simulated server saw and decided. */
export interface LivePass {
  readonly atH: number;
  readonly decision: SchedulerDecision;
}

interface Running {
  readonly lease: Lease;
  readonly live: LiveRequest;
  readonly startH: number;
}

/**
 * Runs whole GPUs hour by hour with the whole of {@link schedule}, the slow way. Usage is given, so
 * that who is favoured stays favoured. Ends when nothing runs or waits, or at `untilH`.
 */
export function live(options: {
  readonly gpus: number;
  readonly requests: readonly LiveRequest[];
  readonly policy?: Partial<SchedulerPolicy>;
  readonly usage?: Readonly<Record<string, number>>;
  readonly untilH?: number;
  readonly reservations?: readonly GpuReservation[];
}): { readonly startedH: ReadonlyMap<string, number>; readonly passes: readonly LivePass[] } {
  const { requests, policy = {}, usage = {}, untilH = 10_000, reservations = [] } = options;
  const devices = gpus(options.gpus);
  const startedH = new Map<string, number>();
  const passes: LivePass[] = [];
  let running: Running[] = [];
  let number = 0;
  const lastH = Math.max(0, ...requests.map(({ atH }) => atH));
  for (let atH = 0; atH <= untilH; atH += 1) {
    running = running.filter(({ live: { runsH }, startH }) => startH + runsH > atH);
    const waiting = requests.filter(
      ({ request, atH: comesH }) => comesH <= atH && !startedH.has(request.id),
    );
    if (running.length === 0 && waiting.length === 0 && atH > lastH) break;
    const nowMs = atH * hourMs;
    const decision = schedule({
      ...inputOf({
        devices,
        waiting: waiting.map((one) => ({ ...one.request, queuedAtMs: one.atH * hourMs })),
        policy,
        usage,
        snapshot: { nowMs, leases: running.map(({ lease }) => lease), reservations },
      }),
      endsByMs: endsOf(running),
    });
    passes.push({ atH, decision });
    for (const { id, placement } of decision.grants) {
      const one = waiting.find(({ request }) => request.id === id);
      if (one === undefined) continue;
      number += 1;
      const { user } = one.request.allocation;
      const lease = leaseOf({ user, name: id, placement, number });
      running.push({ lease, live: one, startH: atH });
      startedH.set(id, atH);
    }
  }
  return { startedH, passes };
}

function endsOf(running: readonly Running[]): ReadonlyMap<LeaseId, number | null> {
  return new Map(
    running.map(({ lease, live: { request }, startH }) => [
      lease.id,
      request.runtimeMs === null ? null : startH * hourMs + request.runtimeMs,
    ]),
  );
}
