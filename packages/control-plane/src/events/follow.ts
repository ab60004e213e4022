import type { EventFilter } from '@ds01/contracts/lifecycle';
import type { EventRecord, LogChunk } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { Person } from '../operations/call.ts';
import { eventQueryOf } from './query.ts';
import { eventViewOf } from './view.ts';

/** How often it is looked whether there is anything new; other processes write events, too. */
const everyMs = 500;
/** Events that are read at once: all that a reader who doesn't read keeps in memory. */
const pageSize = 200;
/** Before every event. */
const first = 0;

/**
 * Events as they come, a line of JSON each, until the signal aborts: those after `afterId`, else those
 * since `sinceMs`, else those from now on. It reads only as fast as it is read. None is missed and none comes twice; who gives an
 * id that this ledger hasn't come to (an earlier one was lost) gets all that it has. Fails at once with
 * `access.denied` as `eventQueryOf` does.
 */
export function followEvents(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  person: Person,
  input: { readonly filter: EventFilter; readonly afterId: number | null },
  signal: AbortSignal = new AbortController().signal,
): AsyncGenerator<LogChunk> {
  // Who may not see them is told before anything is sent.
  deps.store.transaction((transaction) => eventQueryOf(transaction, person, input.filter));
  return eventsFrom(
    beginning(deps, input),
    (position) => nextPage(deps, person, { ...input, position }),
    {
      ending: signal,
      clock: deps.clock,
    },
  );
}

async function* eventsFrom(
  start: number,
  pageFrom: (position: number) => Page,
  { ending, clock }: { readonly ending: AbortSignal } & Pick<ControlPlaneDependencies, 'clock'>,
): AsyncGenerator<LogChunk> {
  let position = start;
  while (!ending.aborted) {
    const page = pageFrom(position);
    for (const event of page.events) {
      yield { stream: 'stdout', bytes: lineOf(event) };
      if (ending.aborted) return;
    }
    position = page.position;
    if (page.isLast) await clock.sleep(everyMs, ending).catch(() => undefined);
  }
}

function beginning(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  { afterId, filter }: { readonly filter: EventFilter; readonly afterId: number | null },
): number {
  if (afterId === null && filter.sinceMs !== null) return first;
  const lastId = store.transaction(({ events }) => events.lastId());
  if (afterId === null) return lastId;
  return afterId > lastId ? first : afterId;
}

interface Page {
  readonly events: readonly EventRecord[];
  /** Everything up to this id was looked at. */
  readonly position: number;
  /** There is no more for now. */
  readonly isLast: boolean;
}

/** The newest id is asked for first: in the usual case there is nothing new, whosever it were. */
function nextPage(
  { store }: Pick<ControlPlaneDependencies, 'store'>,
  person: Person,
  from: { readonly filter: EventFilter; readonly position: number },
): Page {
  return store.transaction((transaction) => {
    const lastId = transaction.events.lastId();
    // Of a ledger that was made anew meanwhile all is news.
    const position = lastId < from.position ? first : from.position;
    if (lastId === position) return { events: [], position, isLast: true };
    const query = eventQueryOf(transaction, person, from.filter);
    const events = transaction.events.after({ ...query, afterId: position, limit: pageSize });
    const isLast = events.length < pageSize;
    const reached = isLast ? lastId : (events.at(-1)?.id ?? lastId);
    return { events, position: reached, isLast };
  });
}

function lineOf(event: EventRecord): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(eventViewOf(event))}\n`);
}
