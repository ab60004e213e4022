import type { AllocationPolicy, Username } from '@ds01/contracts';
import type { CurrentPolicy } from '../policy.ts';
import { longestGrantMs } from '../queue/granting/longest-use.ts';

/**
 * What a person may have, and for how long they might have what is given to them now: no reservation of
 * somebody else may begin before. Every decision of the allocator goes by it.
 */
export function claimantNow(
  policy: CurrentPolicy,
  user: Username,
  nowMs: number,
): AllocationPolicy {
  return { ...policy.forUser(user).allocation, longestMs: longestGrantMs(policy, user, nowMs) };
}
