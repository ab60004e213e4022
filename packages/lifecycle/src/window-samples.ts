import type { LifecyclePolicy, SlotSample, WindowSample } from './types.ts';

/**
 * A window with one more sample. Whatever is measured in between (in the moment of a warning, say) makes
 * one sample with that before it, so that a window always tells of about the same length of time.
 */
export function addToWindow(
  window: readonly WindowSample[],
  sample: WindowSample,
  { policy, cadenceMs }: { readonly policy: LifecyclePolicy; readonly cadenceMs: number },
): readonly WindowSample[] {
  const newest = window.at(-1);
  const isShort = newest !== undefined && newest.spanMs + sample.spanMs <= 1.5 * cadenceMs;
  const joined = isShort ? joinSamples(newest, sample) : null;
  if (joined !== null) return [...window.slice(0, -1), joined];
  return [...window, sample].slice(-policy.windowSamples);
}

/** Two samples as one; `null` where one tells of slots what the other doesn't. */
function joinSamples(earlier: WindowSample, later: WindowSample): WindowSample | null {
  const slots: SlotSample[] = [];
  const weights = [earlier.spanMs, later.spanMs] as const;
  for (const { slot, utilizationPercent, inUse } of later.slots) {
    const before = earlier.slots.find((candidate) => candidate.slot === slot);
    const percents = [before?.utilizationPercent ?? null, utilizationPercent] as const;
    if (percents.includes(null)) return null;
    slots.push({ slot, utilizationPercent: weighted(percents, weights), inUse });
  }
  if (slots.length === 0) return null;
  return {
    atMs: later.atMs,
    spanMs: earlier.spanMs + later.spanMs,
    slots,
    cpuPercent: weighted([earlier.cpuPercent, later.cpuPercent], weights),
    networkBytes: added(earlier.networkBytes, later.networkBytes),
    inputAtMs: latest(earlier.inputAtMs, later.inputAtMs),
  };
}

/** Average of the values that are known, each counting for as long as it was so. */
export function weighted(
  values: readonly (number | null)[],
  spansMs: readonly number[],
): number | null {
  let total = 0;
  let overMs = 0;
  for (const [at, value] of values.entries()) {
    if (value === null) continue;
    total += value * (spansMs[at] ?? 0);
    overMs += spansMs[at] ?? 0;
  }
  return overMs === 0 ? null : total / overMs;
}

function added(left: number | null, right: number | null): number | null {
  return left === null && right === null ? null : (left ?? 0) + (right ?? 0);
}

function latest(left: number | null, right: number | null): number | null {
  return left === null || right === null ? (right ?? left) : Math.max(left, right);
}
