import type { ActivitySignal } from '@ds01/contracts/lifecycle';
import { longestSilence } from './cadence.ts';
import { putOff } from './timed-rule.ts';
import type {
  ActivitySample,
  GivenWarning,
  LifecyclePolicy,
  Moment,
  WindowSample,
} from './types.ts';
import { addToWindow } from './window-samples.ts';
import { useOfWindow } from './window.ts';

/** What is known of a container's idleness. */
export interface Idleness {
  readonly idleSinceMs: Moment;
  readonly evidenceAtMs: Moment;
  readonly lastActiveAtMs: Moment | null;
  readonly lastActiveBy: ActivitySignal | null;
  readonly samples: readonly WindowSample[];
  readonly warning: GivenWarning | null;
}

/** By what idleness is told. */
export interface IdlenessRules {
  readonly policy: LifecyclePolicy;
  readonly cadenceMs: number;
  /** No evidence of idleness before: the start and the grace period after it. */
  readonly earliestMs: Moment;
}

/**
 * Takes samples in, oldest first; those that are known already change nothing. Activity moves
 * `idleSinceMs` to its sample. A time of which nothing is known (no samples, or none that tells
 * whether a GPU is used) moves it by its length, and a promised stop with it: it counts neither for
 * nor against the container.
 */
export function takeSamples(
  before: Idleness,
  samples: readonly ActivitySample[],
  rules: IdlenessRules,
): Idleness {
  let idleness = before;
  for (const sample of samples) {
    const newest = idleness.samples.at(-1);
    if (newest !== undefined && sample.atMs <= newest.atMs) continue;
    idleness = takeSample(idleness, sample, rules);
  }
  return idleness;
}

/** Leaves out the time until `nowMs` when it is too long ago that anything was measured. */
export function takeSilence(before: Idleness, nowMs: Moment, rules: IdlenessRules): Idleness {
  const silenceMs = nowMs - before.evidenceAtMs;
  if (silenceMs <= longestSilence(rules.cadenceMs)) return before;
  return { ...leaveOut(before, silenceMs), evidenceAtMs: nowMs, samples: [] };
}

function takeSample(before: Idleness, sample: ActivitySample, rules: IdlenessRules): Idleness {
  const listened = takeSilence(before, sample.atMs, rules);
  const spanMs = Math.max(1, sample.atMs - listened.evidenceAtMs);
  const samples = addToWindow(listened.samples, { ...sample, spanMs }, rules);
  const use = useOfWindow(samples, rules.policy);
  const evidenceAtMs = Math.max(listened.evidenceAtMs, sample.atMs);
  const counted =
    use.verdict === 'unknown'
      ? leaveOut(listened, Math.max(0, sample.atMs - listened.evidenceAtMs))
      : listened;
  const measured = { ...counted, samples, evidenceAtMs };
  const active =
    use.activeBy === null
      ? takeInput(measured, sample)
      : activeAt(measured, sample.atMs, use.activeBy);
  return { ...active, idleSinceMs: Math.max(active.idleSinceMs, rules.earliestMs) };
}

/** Somebody typed: what counts is when, not when it was noticed. */
function takeInput(before: Idleness, sample: ActivitySample): Idleness {
  if (sample.inputAtMs === null) return before;
  const inputAtMs = Math.min(sample.inputAtMs, sample.atMs);
  return inputAtMs > before.idleSinceMs ? activeAt(before, inputAtMs, 'input') : before;
}

function activeAt(before: Idleness, atMs: Moment, signal: ActivitySignal): Idleness {
  return {
    ...before,
    idleSinceMs: Math.max(before.idleSinceMs, atMs),
    lastActiveAtMs: Math.max(before.lastActiveAtMs ?? atMs, atMs),
    lastActiveBy: signal,
  };
}

function leaveOut(before: Idleness, spanMs: number): Idleness {
  return {
    ...before,
    idleSinceMs: before.idleSinceMs + spanMs,
    warning: putOff(before.warning, spanMs),
  };
}
