import { ds01Error } from '@ds01/contracts';
import type { OperationView } from '@ds01/contracts/service';
import type { OperationRecord } from '@ds01/ports';
import { actorOf } from '../caller.ts';
import { pageOf } from '../page.ts';
import { leaseSummaryOf } from '../present.ts';
import { leaveIn } from '../queue/joining/leave.ts';
import { operationViewOf } from '../work/operation-view.ts';
import { isOwnWork, ownWork } from '../work/own-work.ts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of these operations. */
export type WorkCallId =
  | 'operations.list'
  | 'operations.show'
  | 'operations.cancel'
  | 'leases.list';

/** More than the ledger keeps of one person. */
const all = 10_000;

/** Operations on long work, and the caller's leases. They ask the ledger alone, not the engine. */
export function workCalls(host: OperationsHost): Calls<WorkCallId> {
  /** With the progress that isn't written down before the end. */
  const viewOf = (record: OperationRecord): OperationView => {
    const now = record.state === 'running' ? (host.work?.progress(record.id) ?? null) : null;
    return operationViewOf(now === null ? record : { ...record, ...now });
  };
  return {
    'operations.list': async (person, { running, ...page }) => {
      const { store } = await host.dependencies();
      const found = store.transaction(({ operations }) =>
        operations.list({ uid: person.owner.uid, running, before: null, limit: all }),
      );
      const own = found.filter((record) => isOwnWork(record, person));
      const order = { list: 'operations.list', keyOf: newestFirst, descending: true };
      const { items, nextCursor } = pageOf(own, page, order);
      return { operations: items.map(viewOf), nextCursor };
    },
    'operations.show': async (person, { id }) => {
      const { store } = await host.dependencies();
      return viewOf(store.transaction((transaction) => ownWork(transaction, person, id)));
    },
    'operations.cancel': async (person, { id }, { dryRun = false }) => {
      const { store } = await host.dependencies();
      const record = store.transaction((transaction) => ownWork(transaction, person, id));
      const isUnderWay = host.work?.cancel(id, { dryRun: true }) ?? false;
      if (record.state !== 'running' || !isUnderWay) throw ended(record);
      if (!dryRun) {
        host.work?.cancel(id, { dryRun });
        store.transaction((transaction) => {
          const waiting = transaction.queue.live().filter((entry) => entry.operation === id);
          const leaving = { by: actorOf(person), nowMs: host.clock.nowMs() };
          for (const entry of waiting) leaveIn(transaction, { entry, ...leaving });
        });
        host.queue?.wake();
      }
      return viewOf(record);
    },
    'leases.list': async (person, page) => {
      const { store } = await host.dependencies();
      const live = store.transaction(({ leases }) => leases.live());
      const own = live.filter(({ user }) => user === person.owner.name).map(leaseSummaryOf);
      const order = { list: 'leases.list', keyOf: byCreation };
      const { items, nextCursor } = pageOf(own, page, order);
      return { leases: items, nextCursor };
    },
  };
}

function newestFirst({ id }: OperationRecord): readonly string[] {
  return [id];
}

function byCreation({
  createdAt,
  id,
}: {
  readonly createdAt: string;
  readonly id: string;
}): readonly string[] {
  return [createdAt, id];
}

function ended({ id, state }: OperationRecord) {
  return ds01Error('work.ended', {
    message: `The operation ${id} is not under way: it ${state === 'running' ? 'is over' : state}.`,
    hint: `GET /api/v1/operations/${id}`,
  });
}
