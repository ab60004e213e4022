import type { Lease, Username } from '@ds01/contracts';
import { sumOf } from './amount.ts';

/** What one user holds. */
export interface GpuUsage {
  /** Sum of the weights of the slots. */
  readonly gpuEquivalents: number;
  readonly slots: number;
}

/**
 * What counts against a user's quota: every slot of every live lease of theirs, whatever its state
 * (reserved, bound, held, external, lost), each with its own weight.
 */
export function usageOf(leases: readonly Lease[], user: Username): GpuUsage {
  const weights: number[] = [];
  for (const lease of leases) {
    if (lease.state === 'released' || lease.user !== user) continue;
    for (const slot of lease.slots) weights.push(slot.gpuEquivalents);
  }
  // Sorted, so that the order of the leases doesn't show in the last digit.
  return { gpuEquivalents: sumOf(weights.sort((a, b) => a - b)).value, slots: weights.length };
}
