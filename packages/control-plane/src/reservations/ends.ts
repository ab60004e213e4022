import { clashesOf, slotStates } from '@ds01/gpu-allocator';
import type { AllocationSnapshot, GpuInventory, Lease, LeaseId } from '@ds01/contracts';
import type { CurrentPolicy } from '../policy.ts';

/**
 * When reservations of others end leases, in Unix milliseconds: the begin of the first one that holds on
 * any of its GPUs, or is going to. Without an inventory nothing is known.
 */
export function reservationEnds(
  policy: CurrentPolicy,
  parts: Pick<AllocationSnapshot, 'leases' | 'nowMs'> & { readonly inventory: GpuInventory | null },
): ReadonlyMap<LeaseId, number> {
  const { inventory, leases, nowMs } = parts;
  const { reservations } = policy;
  const ends = new Map<LeaseId, number>();
  if (inventory === null || !reservations.some(({ toMs }) => toMs > nowMs)) return ends;
  for (const state of slotStates({ inventory, leases, busy: [], reservations, nowMs })) {
    const on = [...state.reservations, ...state.upcoming];
    const { lease } = state;
    if (lease === null || on.length === 0) continue;
    const longestMs = null;
    const begunMs = Math.min(lease.createdAtMs, nowMs);
    const first = clashesOf(on, { ...holderOf(lease, policy), longestMs }, begunMs)[0];
    if (first === undefined) continue;
    ends.set(lease.id, Math.min(first.atMs, ends.get(lease.id) ?? Infinity));
  }
  return ends;
}

function holderOf({ user }: Lease, policy: CurrentPolicy) {
  return user === null ? policy.forNobody().allocation : policy.forUser(user).allocation;
}
