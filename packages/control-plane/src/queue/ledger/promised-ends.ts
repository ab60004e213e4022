import { leaseIdSchema, type Lease, type LeaseId } from '@ds01/contracts';
import type { LeaseTable, MetaTable, StoreTransaction } from '@ds01/ports';
import { z } from 'zod';
import { readStored } from '../../read-stored.ts';
import { waitingEntries } from '../entries.ts';

const prefix = 'queue:ends-by:';
type LeaseChange = Parameters<LeaseTable['update']>[2];
type Meta = Pick<MetaTable, 'get' | 'set' | 'remove' | 'list'>;

/**
 * When leases that fill a gap are given back, in Unix milliseconds: they were granted before others for
 * that alone. Whatever its owner does to the container, the lease ends then.
 */
export function promisedEnds(meta: Pick<MetaTable, 'list'>): ReadonlyMap<LeaseId, number> {
  return new Map(
    meta.list(prefix).flatMap(({ key, value }) => {
      const id = leaseIdSchema.safeParse(key.slice(prefix.length)).data;
      const endsByMs = readStored(z.number(), value);
      return id === undefined || endsByMs === null ? [] : [[id, endsByMs] as const];
    }),
  );
}

/** The same of one lease; `null` for one that fills no gap. */
export function promisedEnd(meta: Pick<MetaTable, 'get'>, id: LeaseId): number | null {
  return readStored(z.number(), meta.get(`${prefix}${id}`));
}

/** Promises the end of a lease; `null` promises nothing. */
export function promiseEnd(
  meta: Pick<MetaTable, 'set'>,
  id: LeaseId,
  endsByMs: number | null,
): void {
  if (endsByMs !== null) meta.set(`${prefix}${id}`, String(Math.round(endsByMs)));
}

/** A lease that takes over what others held ends when the first of them was to. */
export function inheritEnd(
  meta: Meta,
  {
    id,
    from,
    endsByMs,
  }: {
    readonly id: LeaseId;
    readonly from: readonly Lease[];
    readonly endsByMs: number | null;
  },
): void {
  const ends = [endsByMs, ...from.map((lease) => promisedEnd(meta, lease.id))];
  const known = ends.filter((endMs) => endMs !== null);
  promiseEnd(meta, id, known.length === 0 ? null : Math.min(...known));
}

/** An administrator gave its container more time, whoever waits. */
export function putOffEnd(meta: Meta, id: LeaseId, byMs: number): void {
  const endsByMs = promisedEnd(meta, id);
  if (endsByMs !== null) promiseEnd(meta, id, endsByMs + byMs);
}

/** Somebody set the clock: what is left of each span stays. */
export function movePromisedEnds(meta: Meta, byMs: number): void {
  for (const [id, endsByMs] of promisedEnds(meta)) promiseEnd(meta, id, endsByMs + byMs);
}

/** Leases that ended have none; and where nobody waits there is nobody to whom it was promised. */
export function forgetPromisedEnds(transaction: StoreTransaction): void {
  const { meta, leases } = transaction;
  const promised = promisedEnds(meta);
  if (promised.size === 0) return;
  const isAwaited = waitingEntries(transaction).length > 0;
  for (const id of promised.keys()) {
    const state = leases.get(id)?.state ?? 'released';
    if (!isAwaited || state === 'released') meta.remove(`${prefix}${id}`);
  }
}

/** What becomes of a lease, with its hold no longer than was promised. */
export function withinPromise(
  meta: Pick<MetaTable, 'get'>,
  id: LeaseId,
  change: LeaseChange,
): LeaseChange {
  if (change.state !== 'held') return change;
  const endsByMs = promisedEnd(meta, id);
  if (endsByMs === null) return change;
  return { ...change, heldUntilMs: Math.min(change.heldUntilMs ?? Infinity, endsByMs) };
}
