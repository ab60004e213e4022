import type { ContainerDetails, ContainerRecord, StoreTransaction } from '@ds01/ports';
import { renamedTo } from '../current-name.ts';
import { aboutContainer, appendRenamed, noteStarted } from '../events/container-events.ts';
import { endingOf } from '../events/endings.ts';
import { appendEvent } from '../events/record-event.ts';

/** A container as a look found it. */
interface Seen {
  readonly record: ContainerRecord;
  /** As the ledger had it before the look; `null` when it is new. */
  readonly before: ContainerRecord | null;
  /** `null` when it wasn't asked for. */
  readonly details: Pick<ContainerDetails, 'exitCode' | 'outOfMemory'> | null;
}

/**
 * Writes down how a container was found, and what happened to it since the ledger was written that
 * nobody told: it began, it ended, it has another name, it wasn't made by DS01. False for one that
 * somebody removed since the look.
 */
export function noteSeen(transaction: StoreTransaction, seen: Seen, nowMs: number): boolean {
  const { record, before } = seen;
  const current = transaction.containers.get(record.id);
  // Known before and gone now: it must not come back.
  if (current === null && before !== null) return false;
  // Of somebody else's container a look knows more than the ledger, of ours it is the other way.
  const known = record.managed ? (current ?? record) : withDecisions(record, current);
  // What runs now, is being ended, or was started or ended by somebody else since, is told elsewhere.
  const startedAtMs = current === null ? record.startedAtMs : current.startedAtMs;
  transaction.containers.put({ ...renamedTo(known, record.dockerName), startedAtMs });
  if (current === null || (current.user === null && record.user !== null)) {
    noteFound(transaction, record, nowMs);
  }
  if (current === null) return true;
  appendRenamed(transaction, { known: current, dockerName: record.dockerName }, nowMs);
  if (current.startedAtMs !== before?.startedAtMs) return true;
  if (record.startedAtMs !== null) noteStarted(transaction, record, nowMs);
  else noteEnded(transaction, seen, nowMs);
  return true;
}

/** What administrators decided about somebody else's container while it was looked at. */
function withDecisions(record: ContainerRecord, current: ContainerRecord | null): ContainerRecord {
  if (current === null) return record;
  const { user, uid, ownerBy } = current.ownerBy === 'administrator' ? current : record;
  return { ...record, user, uid, ownerBy, protected: current.protected };
}

function noteFound(transaction: StoreTransaction, record: ContainerRecord, nowMs: number): void {
  if (record.managed) return;
  const { image, ownerBy } = record;
  const about = aboutContainer(record);
  appendEvent(
    transaction,
    { type: 'container.found', ...about, details: { image, ownerBy } },
    nowMs,
  );
}

/** Its run is over. Whoever ended it on purpose tells that; until then it counts as going on. */
function noteEnded(transaction: StoreTransaction, { record, details }: Seen, nowMs: number): void {
  const known = transaction.containers.get(record.id);
  if (known === null || known.startedAtMs === null) return;
  if (endingOf(transaction, record.id, nowMs) !== null) return;
  transaction.containers.put({ ...known, startedAtMs: null });
  const { exitCode = null, outOfMemory = false } = details ?? {};
  const event = { ...aboutContainer(known), details: { exitCode, outOfMemory } };
  appendEvent(transaction, { type: 'container.ended', ...event }, nowMs);
}
