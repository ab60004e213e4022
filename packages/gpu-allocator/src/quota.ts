import type { AllocationPolicy, ErrorCode } from '@ds01/contracts';
import { amountOf, compareAmounts, fits, minus, plus, type Amount } from './amount.ts';

/** The tighter of a user's two caps over all their leases, with what they hold. */
export interface Quota {
  readonly used: Amount;
  readonly allowed: Amount;
  /** What may still be taken. */
  readonly left: Amount;
  /** Which cap counts, as an error and as the key of the limits file. */
  readonly code: ErrorCode & `quota.${string}`;
  readonly limitKey: 'max_gpu_equivalents' | 'aggregate.gpu_limit';
}

/** The cap that counts: the smaller one, `max_gpu_equivalents` when they are the same. */
export function quotaOf(policy: AllocationPolicy, usedGpuEquivalents: number): Quota {
  const own = amountOf(policy.maxGpuEquivalents);
  const aggregate = amountOf(policy.aggregateGpuLimit);
  const byAggregate = compareAmounts(aggregate, own) < 0;
  const allowed = byAggregate ? aggregate : own;
  const used: Amount = { value: usedGpuEquivalents };
  return {
    used,
    allowed,
    left: minus(allowed, used),
    code: byAggregate ? 'quota.aggregate-gpu-exceeded' : 'quota.gpu-exceeded',
    limitKey: byAggregate ? 'aggregate.gpu_limit' : 'max_gpu_equivalents',
  };
}

/** True if `more` can be taken on top of what is used. */
export function allows(quota: Quota, more: Amount): boolean {
  return fits(plus(quota.used, more), quota.allowed);
}
