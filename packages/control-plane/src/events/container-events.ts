import { gpuEquivalentsOfLease, type ContainerId, type Lease } from '@ds01/contracts';
import type { EventType, NewEvent } from '@ds01/contracts/lifecycle';
import type { ContainerRecord, StoreTransaction } from '@ds01/ports';
import { originalNameOf } from '../replacement-name.ts';
import { appendEvent } from './record-event.ts';

type Ledger = Pick<StoreTransaction, 'events' | 'containers'>;

/** Whom and what an event about a container concerns. */
export function aboutContainer(
  record: Pick<ContainerRecord, 'id' | 'user' | 'uid' | 'dockerName'>,
): Pick<NewEvent, 'user' | 'uid' | 'container' | 'containerId'> {
  const { id: containerId, user, uid, dockerName } = record;
  return { user, uid, container: originalNameOf(dockerName) ?? dockerName, containerId };
}

/** Types of events about leases that say which GPUs, and no more. */
type GpusOnly = 'gpu.lease-granted' | 'gpu.lost' | 'lifecycle.hold-ended';

/** Writes down what happened to the GPUs of a lease. */
export function appendGpus(
  transaction: Ledger,
  { type, lease }: { readonly type: GpusOnly; readonly lease: Lease },
  nowMs: number,
): void {
  appendEvent(
    transaction,
    { type, ...aboutLease(transaction, lease), details: gpusOf(lease) },
    nowMs,
  );
}

/** The GPUs of a stopped container are kept for it; `null` is for good. */
export function appendHeld(
  transaction: Ledger,
  { lease, untilMs }: { readonly lease: Lease; readonly untilMs: number | null },
  nowMs: number,
): void {
  const until = untilMs === null ? null : new Date(untilMs).toISOString();
  const details = { ...gpusOf(lease), until };
  const about = aboutLease(transaction, lease);
  appendEvent(transaction, { type: 'gpu.lease-held', ...about, details }, nowMs);
}

/** The GPUs of a lease are free again; `reason` goes on after "because". */
export function appendReleased(
  transaction: Ledger,
  { lease, reason }: { readonly lease: Lease; readonly reason: string },
  nowMs: number,
): void {
  const details = { ...gpusOf(lease), reason };
  const about = aboutLease(transaction, lease);
  appendEvent(transaction, { type: 'gpu.lease-released', ...about, details }, nowMs);
}

/**
 * A container runs since `startedAtMs` (`null`: it isn't known). Each run is told once, whoever
 * notices it first.
 */
export function noteStarted(
  transaction: Ledger,
  { id, startedAtMs }: { readonly id: ContainerId; readonly startedAtMs: number | null },
  nowMs: number,
): void {
  const known = transaction.containers.get(id);
  if (known === null || startedAtMs === null || known.startedAtMs === startedAtMs) return;
  transaction.containers.put({ ...known, startedAtMs });
  // The run before it is over too, and whoever ended that died before they could tell.
  if (known.startedAtMs !== null) {
    const details = { exitCode: null, outOfMemory: false };
    appendEvent(transaction, { type: 'container.ended', ...aboutContainer(known), details }, nowMs);
  }
  appendAbout(transaction, { type: 'container.started', record: known }, nowMs);
}

/** A container has another Docker name than the ledger knew; that of a replacement is no news. */
export function appendRenamed(
  transaction: Pick<StoreTransaction, 'events'>,
  { known, dockerName }: { readonly known: ContainerRecord; readonly dockerName: string },
  nowMs: number,
): void {
  const { container: from } = aboutContainer(known);
  const about = aboutContainer({ ...known, dockerName });
  if (from === null || from === about.container) return;
  appendEvent(transaction, { type: 'container.renamed', ...about, details: { from } }, nowMs);
}

/** Writes down an event about a container that has no details. */
export function appendAbout(
  transaction: Pick<StoreTransaction, 'events'>,
  { type, record }: { readonly type: WithoutDetails; readonly record: ContainerRecord },
  nowMs: number,
): void {
  appendEvent(transaction, { type, ...aboutContainer(record), details: {} }, nowMs);
}

/** Types of events about containers that have no details. */
type WithoutDetails = Extract<
  EventType,
  'container.started' | 'container.paused' | 'container.unpaused' | 'container.out-of-memory'
>;

/** A lease knows the name of its owner; which account of that name it was, its container does. */
function aboutLease(transaction: Ledger, lease: Lease) {
  const { user, containerId, dockerName } = lease;
  const record = containerId === null ? null : transaction.containers.get(containerId);
  const uid = record !== null && record.user === user ? record.uid : null;
  return { user, uid, container: originalNameOf(dockerName) ?? dockerName, containerId };
}

function gpusOf(lease: Lease) {
  return {
    slots: lease.slots.map(({ slot }) => slot),
    uuids: lease.slots.map(({ uuid }) => uuid),
    gpuEquivalents: gpuEquivalentsOfLease(lease),
  };
}
