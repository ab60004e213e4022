import type { Username } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import { appendEvent } from '../../events/record-event.ts';
import { instantOf } from '../../present.ts';
import { readStored } from '../../read-stored.ts';

type Ledger = Pick<StoreTransaction, 'events' | 'meta'>;

/** In so long a time so many joins and leaves of a person are written down; of more, how many there were. */
const spanMs = 600_000;
const mostInSpan = 20;

const prefix = 'queue:told:';
const countSchema = z.object({
  uid: z.int(),
  sinceMs: z.number(),
  written: z.int(),
  unwritten: z.int(),
});

/** Counts a join or a leave of a person's; false when it is one too many to be written down. */
export function isToBeWritten(
  transaction: Ledger,
  { user, uid }: { readonly user: Username; readonly uid: number },
  nowMs: number,
): boolean {
  const key = `${prefix}${user}`;
  tellUnwritten(transaction, nowMs, key);
  const before = readStored(countSchema, transaction.meta.get(key));
  const { sinceMs, written, unwritten } = before ?? { sinceMs: nowMs, written: 0, unwritten: 0 };
  const isWritten = written < mostInSpan;
  const count = {
    uid,
    sinceMs,
    written: written + (isWritten ? 1 : 0),
    unwritten: unwritten + (isWritten ? 0 : 1),
  };
  transaction.meta.set(key, JSON.stringify(count));
  return isWritten;
}

/** Writes down how many joins and leaves were left out, of each person whose time is over. */
export function tellUnwritten(transaction: Ledger, nowMs: number, keyPrefix = prefix): void {
  const { meta } = transaction;
  for (const { key, value } of meta.list(keyPrefix)) {
    const count = readStored(countSchema, value);
    // A time of the future is from before somebody set the clock back.
    const isOver = count === null || count.sinceMs > nowMs || nowMs - count.sinceMs >= spanMs;
    if (!isOver) continue;
    meta.remove(key);
    if (count === null || count.unwritten === 0) continue;
    const about = { user: key.slice(prefix.length), uid: count.uid, container: null };
    const details = { since: instantOf(count.sinceMs), unwritten: count.unwritten };
    appendEvent(transaction, { type: 'queue.many', ...about, containerId: null, details }, nowMs);
  }
}
