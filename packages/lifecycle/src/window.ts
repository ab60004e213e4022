import type { ActivitySignal } from '@ds01/contracts/lifecycle';
import type { WindowSample, LifecyclePolicy } from './types.ts';
import { weighted } from './window-samples.ts';

/** Use of one slot over a window. */
export interface SlotUse {
  readonly slot: string;
  /** Average of the samples that know it; `null` when none does. */
  readonly averagePercent: number | null;
  /** Of the samples that don't know the percentage: whether something used it; `null` is unknown. */
  readonly inUse: boolean | null;
  readonly verdict: Verdict;
}

/** What a window says. Unknown is neither: it is no evidence of idleness, and none of use. */
export type Verdict = 'active' | 'idle' | 'unknown';

/** A window of samples as the thresholds see it. */
export interface WindowUse {
  readonly samples: number;
  readonly slots: readonly SlotUse[];
  /** Average of the samples that know it. */
  readonly cpuPercent: number | null;
  /** Sum of the samples that know it. */
  readonly networkBytes: number | null;
  readonly verdict: Verdict;
  /** What made it active. */
  readonly activeBy: ActivitySignal | null;
}

/**
 * Measures a window against the thresholds. Every slot of the newest sample is looked at: one that is
 * used makes the container active, one of which nothing is known keeps it from being idle.
 */
export function useOfWindow(window: readonly WindowSample[], policy: LifecyclePolicy): WindowUse {
  const newest = window.at(-1);
  const slots = (newest?.slots ?? []).map(({ slot }) => useOfSlot(slot, window, policy));
  const spansMs = window.map(({ spanMs }) => spanMs);
  const cpuPercent = weighted(
    window.map((sample) => sample.cpuPercent),
    spansMs,
  );
  const networkBytes = sum(window.map((sample) => sample.networkBytes));
  const activeBy = firstActive({ slots, cpuPercent, networkBytes }, policy);
  const isUnknown =
    slots.length === 0 || cpuPercent === null || slots.some((slot) => slot.verdict === 'unknown');
  const verdict = activeBy === null ? (isUnknown ? 'unknown' : 'idle') : 'active';
  return { samples: window.length, slots, cpuPercent, networkBytes, verdict, activeBy };
}

function firstActive(
  use: Pick<WindowUse, 'slots' | 'cpuPercent' | 'networkBytes'>,
  policy: LifecyclePolicy,
): ActivitySignal | null {
  if (use.slots.some((slot) => slot.verdict === 'active')) return 'gpu';
  if (use.cpuPercent !== null && use.cpuPercent > policy.cpuIdlePercent) return 'cpu';
  if (use.networkBytes !== null && use.networkBytes > policy.networkIdleBytes) return 'network';
  return null;
}

function useOfSlot(
  slot: string,
  window: readonly WindowSample[],
  policy: LifecyclePolicy,
): SlotUse {
  const seen = window.map((sample) => sample.slots.find((candidate) => candidate.slot === slot));
  const averagePercent = weighted(
    seen.map((sample) => sample?.utilizationPercent ?? null),
    window.map(({ spanMs }) => spanMs),
  );
  const unmeasured = seen
    .filter((sample) => (sample?.utilizationPercent ?? null) === null)
    .map((sample) => sample?.inUse ?? null);
  const inUse = unmeasured.includes(true) ? true : unmeasured.includes(null) ? null : false;
  const isUsed = averagePercent !== null && averagePercent >= policy.gpuIdlePercent;
  const verdict = isUsed || inUse === true ? 'active' : inUse === null ? 'unknown' : 'idle';
  return { slot, averagePercent, inUse, verdict };
}

function sum(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
