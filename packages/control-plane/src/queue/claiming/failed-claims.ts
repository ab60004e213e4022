import { isDs01Error, type LeaseId } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { actorOf, type Caller } from '../../caller.ts';
import { isOwn } from '../entries.ts';
import { leaveIn } from '../joining/leave.ts';

const dayMs = 86_400_000;

/**
 * Of a claimed grant nothing came: its request waits again, at the place that it had, unless its person
 * waits for a container of that name in another way by now.
 */
export function returnPlace(
  { queue }: Pick<StoreTransaction, 'queue'>,
  lease: { readonly id: LeaseId; readonly createdAtMs: number },
): void {
  // Somebody may have set the clock since.
  const sinceMs = lease.createdAtMs - dayMs;
  const claimed = queue
    .endedSince(sinceMs)
    .find(({ state, leaseId }) => state === 'claimed' && leaseId === lease.id);
  if (claimed === undefined) return;
  const { dockerName } = claimed;
  const owner = { name: claimed.user, uid: claimed.uid };
  const isTaken = queue
    .live()
    .some((entry) => isOwn(entry, owner) && entry.dockerName === dockerName);
  if (isTaken) return;
  const again = { state: 'waiting', leaseId: null, grantedAtMs: null, endedAtMs: null } as const;
  queue.put({ ...claimed, ...again });
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
