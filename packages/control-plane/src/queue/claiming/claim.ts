import { allocate } from '@ds01/gpu-allocator';
import {
  formatDuration,
  type AllocationSnapshot,
  type Lease,
  type Placement,
  type PlacementDecision,
} from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { CurrentPolicy } from '../../policy.ts';
import { claimantNow, toldReservation } from '../../reservations/claimant.ts';
import { appendQueued } from '../entries.ts';
import { ended, unclaimedLease, waitAgain } from '../joining/leave.ts';
import { promisedEnd } from '../ledger/promised-ends.ts';
import { toldEnd } from '../granting/take-turn.ts';

/** A grant that is claimed: its lease is whoever's claims it. */
export interface ClaimedGrant {
  readonly lease: Lease;
  readonly placement: Placement;
}

/** What was granted, and how limits and GPUs are now. */
interface GrantToCheck {
  readonly entry: QueueRecord;
  readonly policy: CurrentPolicy;
  readonly snapshot: AllocationSnapshot;
}

/**
 * Looks whether what was granted can still be had, as limits and GPUs are now. When it can't, the request
 * waits again at its place, and `null` is returned.
 */
export function checkGrant(
  transaction: StoreTransaction,
  parts: GrantToCheck,
): ClaimedGrant | null {
  const { entry, policy, snapshot } = parts;
  const lease = unclaimedLease(transaction, entry);
  const decision = lease === null ? null : allocateAgain(lease, parts);
  if (lease === null || decision === null || decision.decision === 'refused') {
    waitAgain(transaction, entry);
    return null;
  }
  const waitedMs = (entry.grantedAtMs ?? snapshot.nowMs) - entry.queuedAtMs;
  const slots = lease.slots.map(({ slot }) => slot).join(', ');
  const reason = `GPU ${slots} came with its turn, after a wait of ${formatDuration(waitedMs)}.`;
  const endsByMs = promisedEnd(transaction.meta, lease.id);
  const placement = { ...decision, reason };
  const told =
    entry.untilReserved === true
      ? toldReservation(placement, snapshot, policy.forUser(entry.user).allocation)
      : placement;
  return { lease, placement: toldEnd(told, endsByMs) };
}

function allocateAgain(
  lease: Lease,
  { entry, policy, snapshot }: GrantToCheck,
): PlacementDecision | null {
  if (lease.user === null) return null;
  const leases = snapshot.leases.filter(({ id }) => id !== lease.id);
  const uuids = lease.slots.map(({ uuid }) => uuid);
  // Nobody loses by a reservation what could be given to them, for having claimed it later.
  const sinceMs = Math.min(lease.createdAtMs, snapshot.nowMs);
  const untilReserved = entry.untilReserved === true;
  const claimant = claimantNow(policy, lease.user, snapshot.nowMs, { sinceMs, untilReserved });
  return allocate({ ...snapshot, leases }, { kind: 'exact', uuids }, claimant);
}

/** A request has what it waited for: it is used now. */
export function endClaimed(
  transaction: StoreTransaction,
  { entry, lease }: { readonly entry: QueueRecord; readonly lease: Lease | null },
  nowMs: number,
): void {
  const claimed = ended({ ...entry, leaseId: lease?.id ?? entry.leaseId }, 'claimed', nowMs);
  transaction.queue.put(claimed);
  const details = { waitedMs: nowMs - entry.queuedAtMs };
  appendQueued(transaction, { type: 'queue.claimed', entry: claimed, lease, details }, nowMs);
}
