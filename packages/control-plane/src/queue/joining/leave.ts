import type { Lease } from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import { appendQueued } from '../entries.ts';

/** What ended a waiting request. */
type End = 'left' | 'expired' | 'timed-out' | 'refused' | 'claimed';

/** A request as it is when it waits no longer. */
export function ended(entry: QueueRecord, state: End, nowMs: number): QueueRecord {
  return { ...entry, state, claimUntilMs: null, endedAtMs: nowMs };
}

/**
 * A request waits no longer: its person or an administrator (`by`) took it out, who may have said why. Its
 * grant is given back. `why` is for whoever waits for it at a terminal.
 */
export function leaveIn(
  transaction: StoreTransaction,
  leaving: {
    readonly entry: QueueRecord;
    readonly by: string;
    readonly nowMs: number;
    readonly reason?: string | null;
    readonly why?: string;
  },
): QueueRecord {
  const { entry, by, nowMs, reason = null, why } = leaving;
  giveGrantBack(transaction, entry);
  const left = { ...ended(entry, 'left', nowMs), ...(why === undefined ? {} : { why }) };
  transaction.queue.put(left);
  appendQueued(transaction, { type: 'queue.left', entry: left, details: { by, reason } }, nowMs);
  return left;
}

/** The lease of a grant that nobody has claimed; `null` when there is none, or not any more. */
export function unclaimedLease(
  { leases }: Pick<StoreTransaction, 'leases'>,
  entry: QueueRecord,
): Lease | null {
  if (entry.state !== 'granted' || entry.leaseId === null) return null;
  const lease = leases.get(entry.leaseId);
  return lease?.state === 'reserved' ? lease : null;
}

/** What was granted is free again. */
export function giveGrantBack(
  transaction: Pick<StoreTransaction, 'leases'>,
  entry: QueueRecord,
): void {
  const lease = unclaimedLease(transaction, entry);
  if (lease === null) return;
  const expected = { token: lease.token, states: ['reserved'] as const };
  transaction.leases.update(lease.id, expected, { state: 'released', expiresAtMs: null });
}

/** A request whose grant came to nothing waits again, at the place that it had. */
export function waitAgain(transaction: StoreTransaction, entry: QueueRecord): QueueRecord {
  giveGrantBack(transaction, entry);
  const waiting: QueueRecord = {
    ...entry,
    state: 'waiting',
    leaseId: null,
    grantedAtMs: null,
    claimUntilMs: null,
  };
  transaction.queue.put(waiting);
  return waiting;
}
