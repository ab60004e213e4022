import type { GpuInventory, Lease } from '@ds01/contracts';
import type { CurrentPolicy } from '../../policy.ts';
import { reservationEnds } from '../../reservations/ends.ts';
import type { Subject } from './assess.ts';
import type { LedgerView } from './ledger-view.ts';
import { momentOf } from './steady-clock.ts';

/**
 * Makes what tells when the GPUs of a lease were promised to somebody else: to a request that waits, or by
 * a reservation, whichever comes first. `null`: they weren't.
 */
export function readPromises(
  { now, promisedEnds, leases }: Pick<LedgerView, 'now' | 'promisedEnds' | 'leases'>,
  policy: CurrentPolicy,
  inventory: GpuInventory | null,
): (lease: Lease) => Subject['promise'] {
  const reserved = reservationEnds(policy, {
    inventory,
    leases: [...leases.values()],
    nowMs: now.wallMs,
  });
  return ({ id }) => {
    const requestMs = promisedEnds.get(id) ?? Infinity;
    const reservationMs = reserved.get(id) ?? Infinity;
    const firstMs = Math.min(requestMs, reservationMs);
    if (firstMs === Infinity) return null;
    const endsFor = requestMs <= reservationMs ? 'request' : 'reservation';
    return { endsByMs: momentOf(now, firstMs), endsFor };
  };
}
