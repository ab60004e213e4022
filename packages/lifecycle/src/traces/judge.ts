import { replayTrace } from './replay.ts';
import type { Trace } from './trace.ts';

/** What became of one trace at one phase. */
export interface TraceVerdict {
  readonly name: string;
  readonly phaseMs: number;
  readonly stoppedAtS: number | null;
  /**
   * `right`; `stopped-in-use`: somebody needed it when it was stopped; `survived`: it was idle until
   * the end and still ran.
   */
  readonly verdict: 'right' | 'stopped-in-use' | 'survived';
}

/** How the rules do on a set of labelled traces. */
export interface TraceJudgement {
  readonly busy: number;
  readonly idle: number;
  /** Names of traces that were stopped in use at any phase, idle ones before they were idle included. */
  readonly stoppedInUse: readonly string[];
  /** Names of idle traces that outlived any phase. */
  readonly survived: readonly string[];
  readonly verdicts: readonly TraceVerdict[];
}

/** Moments of a daemon's first look that {@link judgeTraces} tries by default. */
export const defaultPhasesMs: readonly number[] = [0, 7_000, 16_000, 26_000];

/**
 * Replays labelled traces, each at several phases, and compares with their labels: one phase that goes
 * wrong makes the trace wrong.
 */
export function judgeTraces(
  traces: ReadonlyMap<string, Trace>,
  phasesMs: readonly number[] = defaultPhasesMs,
): TraceJudgement {
  const verdicts = [...traces].flatMap(([name, trace]) =>
    phasesMs.map((phaseMs) => verdictOf(name, trace, phaseMs)),
  );
  const named = (verdict: TraceVerdict['verdict']): readonly string[] => [
    ...new Set(verdicts.filter((one) => one.verdict === verdict).map(({ name }) => name)),
  ];
  const labels = [...traces.values()].map(({ label }) => label);
  return {
    busy: labels.filter((label) => label === 'busy').length,
    idle: labels.filter((label) => label === 'idle').length,
    stoppedInUse: named('stopped-in-use'),
    survived: named('survived'),
    verdicts,
  };
}

function verdictOf(name: string, trace: Trace, phaseMs: number): TraceVerdict {
  const { stoppedAtS } = replayTrace(trace, { phaseMs });
  const common = { name, phaseMs, stoppedAtS };
  if (trace.label === 'busy') {
    return { ...common, verdict: stoppedAtS === null ? 'right' : 'stopped-in-use' };
  }
  if (stoppedAtS === null) return { ...common, verdict: 'survived' };
  return { ...common, verdict: stoppedAtS < trace.idleFromS ? 'stopped-in-use' : 'right' };
}
