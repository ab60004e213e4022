import type { Username } from '@ds01/contracts';
import type { ContainerRecord } from '@ds01/ports';
import { limitsOf } from '../../lifecycle/looking/rule-policy.ts';
import type { CurrentPolicy } from '../../policy.ts';

const hourMs = 3_600_000;

type Used = Pick<ContainerRecord, 'user' | 'managed' | 'interface'>;

/**
 * The longest that a GPU stays with a container from its start on: it runs, is told to end, and its GPU
 * is kept then. `null` is unknown: nothing ends it.
 */
export function longestUseMs(policy: CurrentPolicy, used: Used, nowMs: number): number | null {
  if (isExempt(policy, used.user, nowMs)) return null;
  const { maxRuntimeMs, stopGraceMs, gpuHoldMs } = limitsOf(policy, used);
  if (maxRuntimeMs === null || gpuHoldMs === null) return null;
  return maxRuntimeMs + stopGraceMs + gpuHoldMs;
}

/**
 * The longest that a GPU stays with a person to whom it were granted now, as limits are now: until it is
 * claimed, the container is made, and started, and with all the time that they may add to its runtime
 * themselves. `null` is unknown.
 */
export function longestGrantMs(
  policy: CurrentPolicy,
  user: Username | null,
  nowMs: number,
): number | null {
  const { queue, leases, lifecycle } = policy.settings;
  const { createdTimeoutMs } = limitsOf(policy, { user, ...doors[0] });
  const uses = doors.map((door) => longestUseMs(policy, { user, ...door }, nowMs));
  const useMs = uses.reduce(later, 0);
  if (useMs === null || createdTimeoutMs === null) return null;
  const unboundMs = (queue.claim_window_s + leases.reserve_ttl_s) * 1000;
  return unboundMs + createdTimeoutMs + useMs + lifecycle.extend_max_h * hourMs;
}

/** Whoever waits may come by a token as well, whose containers may have limits of their own. */
const doors = [
  { managed: true, interface: 'atomic' },
  { managed: true, interface: 'api' },
] as const;

/** Whether no runtime limit stops what a person has. */
export function isExempt(policy: CurrentPolicy, user: Username | null, nowMs: number): boolean {
  if (user === null) return false;
  return policy.exemptionOf(user, { limit: 'max_runtime_h', nowMs }) !== undefined;
}

function later(left: number | null, right: number | null): number | null {
  return left === null || right === null ? null : Math.max(left, right);
}
