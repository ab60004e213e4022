import { evaluate } from '../evaluate.ts';
import type { ActivitySample, Evaluated, LifecycleContainer, LifecycleMemory } from '../types.ts';
import { limitsOf, policyOf, situationOf } from './limits-of.ts';
import { measurable, type MeasurableTrace } from './measure.ts';
import type { Trace } from './trace.ts';

/** Steady time at which every trace begins; any moment will do. */
const originMs = 1_000_000_000;

/** What the rules did with a trace. */
export interface TraceOutcome {
  /** When they stopped it, in seconds since its start; `null` when they never did. */
  readonly stoppedAtS: number | null;
  readonly warnings: readonly { readonly step: 1 | 2; readonly atS: number }[];
  /** Warnings that activity took back. */
  readonly resumed: number;
}

/**
 * Plays a trace through `evaluate`, as a daemon would that measures whenever a sample is due and
 * evaluates whenever the rules ask for it. `phaseMs` (default 0) is how long after the container's
 * start the daemon first looks: a trace shouldn't be right by the luck of when it was measured.
 */
export function replayTrace(
  trace: Trace,
  options: { readonly phaseMs?: number } = {},
): TraceOutcome {
  const source = measurable(trace);
  const player = createPlayer(trace, source);
  let atMs = options.phaseMs ?? 0;
  while (atMs <= source.endMs && player.outcome().stoppedAtS === null) {
    atMs = source.measuredAgainAt(atMs);
    if (atMs > source.endMs) break;
    atMs = player.look(atMs);
  }
  return player.outcome();
}

interface Player {
  /** Measures if that is due, evaluates, and says when to look again. */
  readonly look: (atMs: number) => number;
  readonly outcome: () => TraceOutcome;
}

function createPlayer(trace: Trace, source: MeasurableTrace): Player {
  const fixed = { limits: limitsOf(trace), policy: policyOf(trace), situation: shifted(trace) };
  const warnings: { step: 1 | 2; atS: number }[] = [];
  let memory: LifecycleMemory | null = null;
  let sampledMs = 0;
  let sampleDueMs = 0;
  let stoppedAtS: number | null = null;
  let resumed = 0;

  const take = (actions: Evaluated['actions'], atMs: number): void => {
    for (const action of actions) {
      if (action.kind === 'warn') warnings.push({ step: action.step, atS: atMs / 1000 });
      if (action.kind === 'resumed') resumed += 1;
      if (action.kind === 'stop') stoppedAtS ??= atMs / 1000;
    }
  };
  return {
    look: (atMs) => {
      const samples: ActivitySample[] = [];
      if (atMs >= sampleDueMs && atMs > sampledMs) {
        samples.push(inSteadyTime(source.measure(sampledMs, atMs)));
        sampledMs = atMs;
      }
      const nowMs = originMs + atMs;
      const container = containerOf(source.isPaused(atMs));
      const found: Evaluated = evaluate({ ...fixed, container, samples, memory, nowMs });
      memory = found.memory;
      take(found.actions, atMs);
      sampleDueMs = (found.sampleAtMs ?? Infinity) - originMs;
      const nextMs = Math.min(sampleDueMs, (found.nextAtMs ?? Infinity) - originMs);
      return Math.max(nextMs, atMs + 1000);
    },
    outcome: () => ({ stoppedAtS, warnings, resumed }),
  };
}

function shifted(trace: Trace): ReturnType<typeof situationOf> {
  const situation = situationOf(trace);
  const { keepAliveUntilMs } = situation;
  return {
    ...situation,
    keepAliveUntilMs: keepAliveUntilMs === null ? null : originMs + keepAliveUntilMs,
  };
}

function inSteadyTime(sample: ActivitySample): ActivitySample {
  const { inputAtMs } = sample;
  return {
    ...sample,
    atMs: originMs + sample.atMs,
    inputAtMs: inputAtMs === null ? null : originMs + inputAtMs,
  };
}

function containerOf(paused: boolean): LifecycleContainer {
  return {
    id: 'trace',
    state: paused ? 'paused' : 'running',
    holdsGpu: true,
    managed: true,
    isJob: false,
    exempt: null,
    createdAtMs: originMs,
    startedAtMs: originMs,
    stoppedAtMs: null,
  };
}
