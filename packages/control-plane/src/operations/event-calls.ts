import { eventQueryOf } from '../events/query.ts';
import { eventViewOf } from '../events/view.ts';
import { cursorOf, foreignCursor, keyOfCursor } from '../page.ts';
import type { Calls } from './call.ts';
import type { OperationsHost } from './host.ts';

/** Ids of operations on what happened. */
export type EventCallId = 'events.list' | 'events.summary';

/** Operations on what happened. They ask the ledger alone, not the engine. */
export function eventCalls(host: OperationsHost): Calls<EventCallId> {
  return {
    'events.list': async (person, { limit, beforeId: givenId, cursor, ...filter }) => {
      const beforeId = cursor === null ? givenId : idOfCursor(cursor);
      const { store } = await host.dependencies();
      const found = store.transaction((transaction) => {
        const query = eventQueryOf(transaction, person, filter);
        // One more than is wanted tells whether there are older ones.
        return transaction.events.list({ ...query, beforeId, limit: limit + 1 });
      });
      const wanted = found.slice(-limit);
      const oldest = wanted[0];
      const hasOlder = found.length > limit && oldest !== undefined;
      const olderThan = hasOlder ? oldest.id : null;
      const nextCursor = olderThan === null ? null : cursorOf('events.list', [olderThan]);
      return { events: wanted.map(eventViewOf), olderThan, nextCursor };
    },
    'events.summary': async (person, filter) => {
      const { store } = await host.dependencies();
      const counted = store.transaction((transaction) =>
        transaction.events.count(eventQueryOf(transaction, person, filter)),
      );
      const { total, types, users, days } = counted;
      return { total, types: [...types], users: [...users], days: [...days] };
    },
  };
}

function idOfCursor(cursor: string): number {
  const [id] = keyOfCursor(cursor, 'events.list');
  if (Number.isSafeInteger(id)) return Number(id);
  throw foreignCursor();
}
