import type { ReplayResult, Trace } from './types.ts';

/** Waits, use of the GPUs and fairness, from when each request started; absent is never. */
export function summarise(
  trace: Trace,
  started: ReadonlyMap<string, number>,
): Omit<ReplayResult, 'requests'> {
  const waits: number[] = [];
  let firstMs = Infinity;
  let lastMs = -Infinity;
  let usedMs = 0;
  const people = new Map<string, Person>();
  for (const { id, user, gpus, submittedAtMs, durationMs } of trace.requests) {
    const startMs = started.get(id);
    if (startMs === undefined) continue;
    const waitMs = startMs - submittedAtMs;
    waits.push(waitMs);
    firstMs = Math.min(firstMs, submittedAtMs);
    lastMs = Math.max(lastMs, startMs + durationMs);
    usedMs += gpus * durationMs;
    const person = people.get(user) ?? { askedMs: 0, tookMs: 0 };
    person.askedMs += gpus * durationMs;
    person.tookMs += gpus * (durationMs + waitMs);
    people.set(user, person);
  }
  waits.sort((left, right) => left - right);
  const thereMs = trace.gpus * (lastMs - firstMs);
  return {
    meanWaitMs: waits.length === 0 ? 0 : sum(waits) / waits.length,
    medianWaitMs: quantile(waits, 0.5),
    p95WaitMs: quantile(waits, 0.95),
    maxWaitMs: waits.at(-1) ?? 0,
    utilisation: thereMs > 0 ? usedMs / thereMs : 0,
    fairness: jainIndex([...people.values()].map(servedShare)),
  };
}

/**
 * Jain's index of fairness: 1 when all shares are the same, 1/n when one of n has all. 1 for nobody.
 * R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure of Fairness", DEC TR-301, 1984.
 */
export function jainIndex(shares: readonly number[]): number {
  const squares = sum(shares.map((share) => share * share));
  return squares === 0 ? 1 : sum(shares) ** 2 / (shares.length * squares);
}

interface Person {
  /** GPU time that was asked for. */
  askedMs: number;
  /** The same and the waits for it. */
  tookMs: number;
}

/** 1 for who never waited. */
function servedShare({ askedMs, tookMs }: Person): number {
  return tookMs === 0 ? 1 : askedMs / tookMs;
}

/** Nearest rank. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
