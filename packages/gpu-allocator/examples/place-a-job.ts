import { allocate } from '@ds01/gpu-allocator';
import type { AllocationPolicy, AllocationSnapshot } from '@ds01/contracts';

/** Which slot a job that needs 20 GiB gets, or why none. */
export function placeJob(snapshot: AllocationSnapshot, policy: AllocationPolicy): string {
  const request = { kind: 'any', minMemoryBytes: 20 * 2 ** 30 } as const;
  const decision = allocate(snapshot, request, policy);
  if (decision.decision === 'refused') {
    return `${decision.code}: ${decision.reason}${decision.retryable ? ' Try again later.' : ''}`;
  }
  return `${decision.slots.map((slot) => slot.uuid).join(', ')}: ${decision.reason}`;
}
