import type { EventFilter } from '@ds01/contracts/lifecycle';
import type { EventRecord, LogChunk } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { Person } from '../operations/call.ts';
import { eventQueryOf } from './query.ts';
import { eventViewOf } from './view.ts';

/** Events that are read at once: all that a reader who doesn't read keeps in memory. */
const pageSize = 200;

/**
 * All events that are kept, meant and the person's to see, a line of JSON each, oldest first: those after
 * `afterId`, all of them when it is `null` or an id that this ledger hasn't come to. Those that come
 * meanwhile are left out. It reads only as fast as it is read, and what is removed meanwhile, being
 * too old, may be missing. Fails with `access.denied` as `eventQueryOf` does.
 */
export function exportEvents(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  person: Person,
  { filter, afterId }: { readonly filter: EventFilter; readonly afterId: number | null },
  signal: AbortSignal = new AbortController().signal,
): AsyncIterable<LogChunk> {
  const lastId = store.transaction((transaction) => {
    // Who may not see them is told before anything is sent.
    eventQueryOf(transaction, person, filter);
    return transaction.events.lastId();
  });
  const start = afterId === null || afterId > lastId ? 0 : afterId;
  const pageFrom = (position: number) => pageAfter(store, person, { filter, position });
  return linesBetween({ start, lastId }, pageFrom, signal);
}

async function* linesBetween(
  { start, lastId }: { readonly start: number; readonly lastId: number },
  pageFrom: (position: number) => readonly EventRecord[],
  signal: AbortSignal,
): AsyncGenerator<LogChunk> {
  let page = pageFrom(start);
  while (page.length > 0) {
    for (const event of page) {
      if (signal.aborted || event.id > lastId) return;
      yield { stream: 'stdout', bytes: lineOf(event) };
    }
    page = pageFrom(page.at(-1)?.id ?? lastId);
  }
}

function pageAfter(
  store: ControlPlaneDependencies['store'],
  person: Person,
  from: { readonly filter: EventFilter; readonly position: number },
): readonly EventRecord[] {
  return store.transaction((transaction) => {
    const query = eventQueryOf(transaction, person, from.filter);
    return transaction.events.after({ ...query, afterId: from.position, limit: pageSize });
  });
}

function lineOf(event: EventRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(eventViewOf(event))}\n`);
}
