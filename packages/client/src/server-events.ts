import { linesOf } from './lines.ts';

/** Media type of a stream of events that can be gone on with (Server-Sent Events, WHATWG HTML 9.2). */
export const eventsMediaType = 'text/event-stream';

/** One event as it was sent. */
export interface ServerEvent {
  /** `message` when it isn't said. */
  readonly type: string;
  readonly data: string;
  /** Id of the last event that had one; `null` before. */
  readonly lastId: string | null;
}

/**
 * The events of a stream, by the rules of WHATWG HTML 9.2.6: comments are passed over, and so is an
 * event that the stream ends within.
 */
export async function* serverEventsOf(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<ServerEvent> {
  let lastId: string | null = null;
  let type = '';
  let data: string[] = [];
  for await (const line of linesOf(body)) {
    if (line === '') {
      const event = { type: type === '' ? 'message' : type, data: data.join('\n'), lastId };
      const isEmpty = data.length === 0;
      type = '';
      data = [];
      if (!isEmpty) yield event;
      continue;
    }
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data.push(value);
    else if (field === 'event') type = value;
    else if (field === 'id' && !value.includes('\0')) lastId = value;
  }
}
