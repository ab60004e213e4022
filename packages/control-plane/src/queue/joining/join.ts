import { ds01Error, type GpuRequest } from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import { actorOf, type Caller } from '../../caller.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import { appendQueued, asksFor, isOwn, newEntryId, ownEntry, waitingEntries } from '../entries.ts';
import { leaveIn } from './leave.ts';
import { readHold } from '../administering/holds.ts';
import { longestGrantMs } from '../granting/longest-use.ts';

/** Somebody who is ready to wait. */
export interface WaitWish {
  /** Unix milliseconds; `null` is for as long as it takes. */
  readonly untilMs: number | null;
  /** Id of the operation that waits; `null` for a connection. */
  readonly operation: string | null;
  /** The verb of the command that was given. */
  readonly verb: 'create' | 'deploy';
  /** It waits, or goes on waiting, with this id; called in the transaction. */
  readonly onWaiting: (id: string) => void;
}

/** What a request that may wait is, and what makes it the same as another. */
export interface QueuedRequest {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly gpu: GpuRequest;
  /** Name that its person gave. */
  readonly container: string;
  readonly dockerName: string;
  readonly fingerprint: string;
  /** They agree to an end by the begin of a reservation of somebody else. */
  readonly untilReserved?: boolean | undefined;
}

/**
 * Puts a request into the queue, or finds it there: the same request of the same person keeps its place,
 * what waited for the GPUs of a former container of that name leaves it. Fails with `queue.draining`,
 * `queue.full`, and as {@link refuseOther} does.
 */
export function joinQueue(
  transaction: StoreTransaction,
  deps: Pick<ControlPlaneDependencies, 'ids' | 'clock'>,
  { request, wish }: { readonly request: QueuedRequest; readonly wish: WaitWish },
): QueueRecord {
  const { caller, fingerprint, untilReserved = false } = request;
  const same = ownEntry(transaction, caller, fingerprint);
  if (same !== undefined) {
    const operation = wish.operation ?? same.operation;
    // Work that the next daemon takes up waits no longer than it was to.
    const isTakenUp = same.operation !== null && same.operation === wish.operation;
    const waitsUntilMs = isTakenUp ? same.waitsUntilMs : wish.untilMs;
    const again: QueueRecord = { ...same, operation, waitsUntilMs, untilReserved };
    transaction.queue.put(again);
    wish.onWaiting(again.id);
    return again;
  }
  refuseToJoin(transaction, request);
  const nowMs = deps.clock.nowMs();
  leaveName(transaction, { caller, dockerName: request.dockerName, nowMs });
  const entry: QueueRecord = {
    id: newEntryId(deps.ids),
    user: caller.owner.name,
    uid: caller.owner.uid,
    kind: 'interactive',
    state: 'waiting',
    priority: 'normal',
    gpu: request.gpu,
    container: request.container,
    dockerName: request.dockerName,
    fingerprint,
    operation: wish.operation,
    runtimeMs: longestGrantMs(request.policy, caller.owner.name, nowMs),
    queuedAtMs: nowMs,
    waitsUntilMs: wish.untilMs,
    place: null,
    held: false,
    leaseId: null,
    grantedAtMs: null,
    claimUntilMs: null,
    endedAtMs: null,
    untilReserved,
    ...(wish.verb === 'create' ? { verb: wish.verb } : {}),
  };
  transaction.queue.put(entry);
  const waitsUntil = wish.untilMs === null ? null : instantOf(wish.untilMs);
  const details = { position: waitingEntries(transaction).length, waitsUntil };
  appendQueued(transaction, { type: 'queue.joined', entry, details }, nowMs);
  wish.onWaiting(entry.id);
  return entry;
}

/**
 * Somebody waits for a container of a name with another request already: neither silently takes the place
 * of the other. Fails with `queue.different-request`.
 */
export function refuseOther(
  transaction: Pick<StoreTransaction, 'queue'>,
  request: Pick<QueuedRequest, 'caller' | 'dockerName' | 'fingerprint'>,
): void {
  const { caller, dockerName, fingerprint } = request;
  const other = transaction.queue
    .live()
    .filter((entry) => isOwn(entry, caller.owner) && entry.dockerName === dockerName)
    // The GPUs of a container that is there no longer are nobody's name.
    .find((entry) => entry.fingerprint !== fingerprint && entry.gpu.kind !== 'exact');
  if (other === undefined) return;
  const { container, id, state } = other;
  const what = state === 'granted' ? 'has its turn now' : 'waits already';
  throw ds01Error('queue.different-request', {
    message:
      `A request for ${container} ${what}, for ${asksFor(other.gpu)} and with other options than these. ` +
      'The same command as then goes on with it; once it has left the queue this one can be made.',
    hint: `ds01 queue leave ${container}`,
    details: { entry: id, state },
  });
}

/** Nobody waits for a container of a name any more: another one takes it. */
export function leaveName(
  transaction: StoreTransaction,
  taken: { readonly caller: Caller; readonly dockerName: string; readonly nowMs: number },
): void {
  const { caller, dockerName, nowMs } = taken;
  for (const entry of transaction.queue.live()) {
    if (!isOwn(entry, caller.owner) || entry.dockerName !== dockerName) continue;
    const why = `another command of yours took the name ${entry.container}`;
    leaveIn(transaction, { entry, by: actorOf(caller), nowMs, why });
  }
}

function refuseToJoin(transaction: StoreTransaction, request: QueuedRequest): void {
  const { caller, policy } = request;
  const draining = readHold(transaction.meta, 'draining');
  if (draining !== null) {
    const why = draining.reason === null ? '' : ` (${draining.reason})`;
    throw ds01Error('queue.draining', {
      message: `No GPU is free, and nobody may join the queue at the moment${why}.`,
      hint: 'ds01 queue list',
    });
  }
  const own = transaction.queue
    .live()
    .filter((entry) => isOwn(entry, caller.owner) && entry.dockerName !== request.dockerName);
  const allowed = policy.settings.queue.max_waiting;
  if (own.length < allowed) return;
  throw ds01Error('queue.full', {
    message:
      `${caller.owner.name} has ${own.length} of ${allowed} requests waiting. ` +
      'The limit is set in ds01.yaml, key queue.max_waiting.',
    hint: 'ds01 queue list --mine',
    details: { waiting: own.length, allowed },
  });
}
