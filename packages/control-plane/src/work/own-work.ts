import { ds01Error, routes } from '@ds01/contracts';
import type { OperationRecord, StoreTransaction } from '@ds01/ports';
import type { Person } from '../operations/call.ts';

/** Whether a piece of work is this person's to see; of administrators' routes only as one of them. */
export function isOwnWork(record: OperationRecord, { owner, role }: Person): boolean {
  if (record.uid !== owner.uid || record.user !== owner.name) return false;
  const route = Object.entries(routes).find(([id]) => id === record.route)?.[1];
  return route?.role !== 'admin' || role === 'admin';
}

/** A piece of the caller's work. Fails with `work.not-found`. */
export function ownWork(
  { operations }: Pick<StoreTransaction, 'operations'>,
  person: Person,
  id: string,
): OperationRecord {
  const record = operations.get(id);
  if (record !== null && isOwnWork(record, person)) return record;
  throw ds01Error('work.not-found', {
    message: `There is no operation ${id}.`,
    hint: 'GET /api/v1/operations',
  });
}
