import { isDs01Error, type Lease, type LeaseId } from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import { actorOf, type Caller } from '../../caller.ts';
import { removePending } from '../../pending.ts';
import { isOwn } from '../entries.ts';
import { leaveIn } from '../joining/leave.ts';

const dayMs = 86_400_000;

type Claim = { readonly id: LeaseId; readonly createdAtMs: number };

/** Who claimed a lease, unless they wait for a container of that name in another way by now. */
function claimantOf({ queue }: Pick<StoreTransaction, 'queue'>, lease: Claim): QueueRecord | null {
  // Somebody may have set the clock since.
  const sinceMs = lease.createdAtMs - dayMs;
  const claimed = queue
    .endedSince(sinceMs)
    .find(({ state, leaseId }) => state === 'claimed' && leaseId === lease.id);
  if (claimed === undefined) return null;
  const { dockerName } = claimed;
  const owner = { name: claimed.user, uid: claimed.uid };
  const isTaken = queue
    .live()
    .some((entry) => isOwn(entry, owner) && entry.dockerName === dockerName);
  return isTaken ? null : claimed;
}

/**
 * Of a claimed grant nothing came: its request waits again, at the place that it had, unless its person
 * waits for a container of that name in another way by now.
 */
export function returnPlace(transaction: Pick<StoreTransaction, 'queue'>, lease: Claim): void {
  const claimed = claimantOf(transaction, lease);
  if (claimed === null) return;
  const again = { state: 'waiting', leaseId: null, grantedAtMs: null, endedAtMs: null } as const;
  transaction.queue.put({ ...claimed, ...again });
}

/**
 * What was claimed at a daemon that was killed before a container came of it is granted again, until
 * `claimUntilMs`; whatever of that daemon is still at work on it is fenced off. For a daemon that begins.
 */
export function grantAgain(
  transaction: StoreTransaction,
  claimUntilMs: number,
): readonly { readonly entry: QueueRecord; readonly lease: Lease }[] {
  const { leases, queue } = transaction;
  return leases.live().flatMap((lease) => {
    const claimed = lease.state === 'reserved' ? claimantOf(transaction, lease) : null;
    if (claimed === null) return [];
    const expected = { token: lease.token, states: ['reserved'] as const };
    const token = leases.nextToken();
    leases.update(lease.id, expected, { token, expiresAtMs: claimUntilMs });
    removePending(transaction, claimed.dockerName, lease.token);
    const entry: QueueRecord = { ...claimed, state: 'granted', claimUntilMs, endedAtMs: null };
    queue.put(entry);
    return [{ entry, lease }];
  });
}

/**
 * Whether an attempt that failed was the request's own fault, or ended by its person: it has had its turn
 * then. What the engine, the ledger or the daemon fail with costs nobody the turn.
 */
export function usesUpTurn(error: unknown, signal: AbortSignal | undefined): boolean {
  if (signal?.aborted === true) return !isOfMachine(signal.reason);
  return isDs01Error(error) && !error.retryable && !isOfMachine(error);
}

function isOfMachine(error: unknown): boolean {
  return isDs01Error(error) && /^(?:engine|daemon|ledger|internal)\./.test(error.code);
}

/** An attempt failed: when {@link usesUpTurn}, its request doesn’t wait again. */
export function settleFailed(
  transaction: StoreTransaction,
  failed: {
    readonly caller: Caller;
    readonly fingerprint: string;
    readonly error: unknown;
    readonly signal: AbortSignal | undefined;
    readonly nowMs: number;
  },
): void {
  const { caller, fingerprint, error, signal, nowMs } = failed;
  if (!usesUpTurn(error, signal)) return;
  for (const entry of transaction.queue.live()) {
    if (!isOwn(entry, caller.owner) || entry.fingerprint !== fingerprint) continue;
    leaveIn(transaction, { entry, by: actorOf(caller), nowMs });
  }
}
