import type { CallId, RouteInput, RouteOutput } from '@ds01/contracts';
import { notUnderstood } from './answers.ts';
import type { CallOptions, DaemonClient, PagedId } from './daemon-client.ts';

/** Length of a page when none is asked for. */
const usualLength = 100;

/**
 * The pages of a list, each asked for when the one before was taken. Fails with `internal.unexpected`
 * for a daemon that gives the same cursor twice.
 */
export async function* pagesOf<Id extends PagedId>(
  client: Pick<DaemonClient, 'call'>,
  list: {
    readonly id: Id;
    readonly input: Omit<RouteInput<Id>, 'cursor'>;
    readonly given: CallOptions;
  },
): AsyncGenerator<RouteOutput<Id>> {
  const seen = new Set<string>();
  let cursor: string | null = null;
  do {
    const input = { limit: usualLength, ...list.input, cursor };
    // Every list takes a cursor and a length; TypeScript can't see it through the table.
    const page: RouteOutput<Id> = await client.call(list.id, input as RouteInput<Id>, list.given);
    yield page;
    cursor = cursorOf(page);
    if (cursor === null) return;
    if (seen.has(cursor)) throw notUnderstood('the list never ends');
    seen.add(cursor);
  } while (cursor !== null);
}

function cursorOf(page: RouteOutput<CallId>): string | null {
  const cursor: unknown = Reflect.get(Object(page), 'nextCursor');
  return typeof cursor === 'string' ? cursor : null;
}
