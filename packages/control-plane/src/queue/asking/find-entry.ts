import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { Person } from '../../operations/call.ts';
import { isOwn } from '../entries.ts';

/** A waiting request of a person’s, or one that ended. Fails with `queue.not-found`, also for others’. */
export function ownEntryOf(
  transaction: Pick<StoreTransaction, 'queue'>,
  person: Person,
  id: string,
): QueueRecord {
  const entry = transaction.queue.get(id);
  if (entry === null || !isOwn(entry, person.owner)) throw unknownEntry(id);
  return entry;
}

/** Anybody’s. Fails with `queue.not-found`. */
export function anyEntry(transaction: Pick<StoreTransaction, 'queue'>, id: string): QueueRecord {
  const entry = transaction.queue.get(id);
  if (entry === null) throw unknownEntry(id);
  return entry;
}

/** Fails with `queue.ended` for a request that waits no longer. */
export function refuseEnded(entry: QueueRecord): void {
  if (entry.endedAtMs === null) return;
  throw ds01Error('queue.ended', {
    message: `${entry.id} waits no longer: it is ${entry.state}.`,
    hint: 'ds01 queue list',
    details: { entry: entry.id, state: entry.state },
  });
}

/** The error for a waiting request that isn’t there, or is somebody else’s. */
export function unknownEntry(id: string): Ds01Error {
  return ds01Error('queue.not-found', {
    message: `There is no waiting request ${JSON.stringify(id)}.`,
    hint: 'ds01 queue list --mine',
    details: { entry: id },
  });
}
