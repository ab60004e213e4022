import type { QueueEntryView } from '@ds01/contracts/service';
import type { UseCaseOptions } from '../caller.ts';
import type { PageOrder } from '../page.ts';
import {
  changeEntry,
  holdQueue,
  removeEntry,
  type Changing,
} from '../queue/administering/administer.ts';
import { anyEntry, ownEntryOf } from '../queue/asking/find-entry.ts';
import { adminQueue, listQueue, viewOf, type Looking } from '../queue/asking/see.ts';
import { simulate } from '../queue/simulate/simulate.ts';
import type { Calls, Person } from './call.ts';
import type { OperationsHost } from './host.ts';
import { inPages } from './in-pages.ts';

/** Ids of these operations. */
export type QueueCallId =
  | 'queue.list'
  | 'queue.show'
  | 'queue.leave'
  | 'admin.queue'
  | 'admin.queue.move'
  | 'admin.queue.priority'
  | 'admin.queue.hold'
  | 'admin.queue.drain'
  | 'admin.queue.remove'
  | 'admin.simulate';

/** Pages go by age: a place changes while somebody reads. */
const entryOrder: PageOrder<QueueEntryView> = { list: 'queue.list', keyOf: ({ id }) => [id] };

/** Operations on who waits for GPUs. */
export function queueCalls(host: OperationsHost): Calls<QueueCallId> {
  const looking = async (person: Person): Promise<Looking> => ({
    deps: await host.dependencies(),
    person,
    latest: host.queue?.latest() ?? null,
  });
  /** What a change leads to is told by the pass that follows it. */
  const changing =
    <Input, Output>(change: (changing: Changing, input: Input) => Output) =>
    async (person: Person, input: Input, { dryRun = false }: UseCaseOptions): Promise<Output> => {
      const changed = change({ ...(await looking(person)), dryRun }, input);
      if (!dryRun) host.queue?.wake();
      return changed;
    };
  return {
    'queue.list': async (person, { mine, ...wanted }) => {
      const { entries, ...list } = listQueue(await looking(person), { mine });
      const { items, next } = inPages(entries, wanted, entryOrder);
      return { entries: items, ...list, nextCursor: next.nextCursor ?? null };
    },
    'queue.show': async (person, { id }) => {
      const look = await looking(person);
      return look.deps.store.transaction((transaction) =>
        viewOf(transaction, look, ownEntryOf(transaction, person, id)),
      );
    },
    'queue.leave': async (person, { id }, options) =>
      changing((change) =>
        removeEntry(change, (transaction) => ownEntryOf(transaction, person, id)),
      )(person, {}, options),
    'admin.queue': async (person) => adminQueue(await looking(person)),
    'admin.queue.move': changing((change, { id, to, reason }) => {
      const place = to === 'by-rules' ? null : to;
      const words = to === 'by-rules' ? 'comes when the rules say' : `comes ${to}`;
      return changeEntry(change, { id, change: { place }, words, reason });
    }),
    'admin.queue.priority': changing((change, { id, priority, reason }) =>
      changeEntry(change, { id, change: { priority }, words: `has priority ${priority}`, reason }),
    ),
    'admin.queue.hold': changing((change, { id, on, reason }) => {
      if (id === null) return holdQueue(change, { kind: 'held', on, reason });
      const words = on ? 'is held' : 'is held no longer';
      changeEntry(change, { id, change: { held: on }, words, reason });
      return listQueue(change, { mine: false });
    }),
    'admin.queue.drain': changing((change, { on, reason }) =>
      holdQueue(change, { kind: 'draining', on, reason }),
    ),
    'admin.queue.remove': changing((change, { id, reason }) =>
      removeEntry(change, (transaction) => anyEntry(transaction, id), reason),
    ),
    'admin.simulate': async (_person, input, options) =>
      simulate(await host.dependencies(), input, options),
  };
}
