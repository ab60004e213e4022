import type { LifecyclePolicy, LifecycleSituation } from './types.ts';

/** Longest and shortest distance of samples. */
const longestCadenceMs = 30_000;
const shortestCadenceMs = 1000;

/** The idle timeout as it counts now: shorter in high demand. */
export function idleTimeoutNow(
  idleTimeoutMs: number,
  policy: LifecyclePolicy,
  situation: LifecycleSituation,
): number {
  return situation.highDemand ? idleTimeoutMs * policy.highDemandIdleReduction : idleTimeoutMs;
}

/** Distance of samples: 20 in a timeout, at least one every 30 s, at most one a second. */
export function cadenceOf(idleTimeoutMs: number): number {
  return Math.min(longestCadenceMs, Math.max(shortestCadenceMs, idleTimeoutMs / 20));
}

/** Longest time without a sample of which the next one still tells; longer ones are no evidence. */
export function longestSilence(cadenceMs: number): number {
  return 3 * cadenceMs;
}
