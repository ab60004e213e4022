import { gpuEquivalentsOfLease, type GpuRequest, type Lease } from '@ds01/contracts';
import type { EventDetails, EventType, NewEvent } from '@ds01/contracts/lifecycle';
import type { Ids, QueueRecord, StoreTransaction } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import { appendEvent } from '../events/record-event.ts';
import { isToBeWritten } from './ledger/event-rate.ts';

/** A new id of a waiting request: sorts by time. */
export function newEntryId(ids: Pick<Ids, 'leaseId'>): string {
  return `q${ids.leaseId().slice(1)}`;
}

/** Requests that wait for their turn, oldest first; not those with a grant. */
export function waitingEntries({ queue }: Pick<StoreTransaction, 'queue'>): readonly QueueRecord[] {
  return queue.live().filter(({ state }) => state === 'waiting');
}

/** The caller's live request of a fingerprint; of this account, not of a former one of its name. */
export function ownEntry(
  { queue }: Pick<StoreTransaction, 'queue'>,
  { owner }: Pick<Caller, 'owner'>,
  fingerprint: string,
): QueueRecord | undefined {
  return queue.live().find((entry) => isOwn(entry, owner) && entry.fingerprint === fingerprint);
}

/** Whether a request is of this account. */
export function isOwn(
  entry: Pick<QueueRecord, 'user' | 'uid'>,
  owner: Pick<Caller['owner'], 'name' | 'uid'>,
): boolean {
  return entry.user === owner.name && entry.uid === owner.uid;
}

/** What is asked for, in words: `1 GPU`, `2 x 3g.40gb`. */
export function asksFor(request: GpuRequest): string {
  switch (request.kind) {
    case 'none':
      return 'no GPU';
    case 'any':
      return '1 GPU';
    case 'whole':
      return request.count === 1 ? '1 whole GPU' : `${request.count} whole GPUs`;
    case 'mig':
      return request.count === 1 ? request.profile : `${request.count} x ${request.profile}`;
    case 'exact':
      return request.uuids.length === 1 ? 'its own GPU' : `its own ${request.uuids.length} GPUs`;
  }
}

/** GPU equivalents of a request of which it isn't known yet what it will get. */
function aboutEquivalents(request: GpuRequest): number {
  if (request.kind === 'none') return 0;
  if (request.kind === 'any') return 1;
  if (request.kind === 'exact') return request.uuids.length;
  if (request.kind === 'whole') return request.count;
  const slices = Number.parseInt(request.profile, 10);
  return Number.isFinite(slices) ? (request.count * slices) / 7 : request.count;
}

type QueuedType = Extract<
  EventType,
  | 'queue.joined'
  | 'queue.granted'
  | 'queue.claimed'
  | 'queue.left'
  | 'queue.expired'
  | 'queue.timed-out'
  | 'queue.refused'
>;
type Common = 'entry' | 'asksFor' | 'priority' | 'gpuEquivalents';

/**
 * Writes down what happened to a waiting request; `details` is what its type says beside the request. Of
 * whoever joins and leaves again and again it is written how often.
 */
export function appendQueued<Type extends QueuedType>(
  transaction: Pick<StoreTransaction, 'events' | 'meta'>,
  happened: {
    readonly type: Type;
    readonly entry: QueueRecord;
    readonly lease?: Lease | null;
    readonly details: Omit<EventDetails<Type>, Common>;
  },
  nowMs: number,
): void {
  const { type, entry, lease = null, details } = happened;
  const isOften = type === 'queue.joined' || type === 'queue.left';
  if (isOften && !isToBeWritten(transaction, entry, nowMs)) return;
  const common = {
    entry: entry.id,
    asksFor: asksFor(entry.gpu),
    priority: entry.priority,
    gpuEquivalents: lease === null ? aboutEquivalents(entry.gpu) : gpuEquivalentsOfLease(lease),
  };
  const about = {
    user: entry.user,
    uid: entry.uid,
    container: entry.dockerName,
    containerId: null,
  };
  // The details of this very type; TypeScript can't put the two halves together.
  appendEvent(
    transaction,
    { type, ...about, details: { ...common, ...details } } as NewEvent,
    nowMs,
  );
}
