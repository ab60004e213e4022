import type { Problem, StreamId } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import { z } from 'zod';

/** Media type of server-sent events (WHATWG HTML, 9.2). */
export const eventStreamType = 'text/event-stream';

/** Whoever hears nothing takes the connection for dead; so do proxies. */
const heartbeatMs = 15_000;
/** After so long a browser connects again. */
const retryMs = 2000;
/** Longer lines of output are cut into pieces. */
const longestLine = 65_536;

/** Input that says behind which event a stream goes on. */
const resumeInputs: Partial<Readonly<Record<StreamId, string>>> = {
  'events.follow': 'afterId',
  'events.export': 'afterId',
  'operations.follow': 'afterLine',
};

/** Streams of records, a line of JSON each; the others are text. */
const recordStreams: ReadonlySet<StreamId> = new Set([
  'events.follow',
  'events.export',
  'queue.follow',
  'operations.follow',
]);

/**
 * Input that a reader adds who comes back, from the `Last-Event-ID`; it counts more than what the
 * address says, which is still that of the first time. Fails with `request.invalid`.
 */
export function resumedInput(
  id: StreamId,
  lastEventId: string | string[] | undefined,
): Readonly<Record<string, string>> {
  const name = resumeInputs[id];
  if (name === undefined || lastEventId === undefined || lastEventId === '') return {};
  if (typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId)) {
    return { [name]: lastEventId };
  }
  throw ds01Error('request.invalid', {
    message: 'The Last-Event-ID was not understood.',
    hint: 'give the id of the last event of this stream',
  });
}

/**
 * A stream as server-sent events: one for each record, with its id where there is one, or one for each
 * line of output, named after its stream. The last one is `end`, or `problem` with what it failed
 * with. While nothing comes there is a comment each `everyMs`.
 */
export async function* serverSentEvents(
  chunks: AsyncIterable<LogChunk>,
  options: {
    readonly id: StreamId;
    readonly signal: AbortSignal;
    readonly problemOf: (error: unknown) => Problem;
    readonly everyMs?: number;
  },
): AsyncGenerator<Uint8Array> {
  const { id, everyMs = heartbeatMs } = options;
  const encoder = new TextEncoder();
  const events = recordStreams.has(id) ? recordEvents(chunks) : outputEvents(chunks);
  yield encoder.encode(`retry: ${String(retryMs)}\n\n`);
  for await (const text of withHeartbeats(withEnd(events, options), everyMs)) {
    yield encoder.encode(text);
  }
}

async function* withEnd(
  events: AsyncIterable<string>,
  options: { readonly signal: AbortSignal; readonly problemOf: (error: unknown) => Problem },
): AsyncGenerator<string> {
  const { signal, problemOf } = options;
  try {
    yield* events;
    signal.throwIfAborted();
    yield 'event: end\ndata: {}\n\n';
  } catch (error) {
    const problem = problemOf(signal.aborted ? signal.reason : error);
    yield `event: problem\ndata: ${JSON.stringify(problem)}\n\n`;
  }
}

async function* withHeartbeats(
  events: AsyncGenerator<string>,
  everyMs: number,
): AsyncGenerator<string> {
  for (;;) {
    const next = events.next();
    for (;;) {
      const beat = Promise.withResolvers<null>();
      const timer = setTimeout(() => beat.resolve(null), everyMs);
      const first = await Promise.race([next, beat.promise]).finally(() => clearTimeout(timer));
      if (first === null) {
        yield ': nothing new\n\n';
        continue;
      }
      if (first.done === true) return;
      yield first.value;
      break;
    }
  }
}

const record = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.looseObject({ id: z.unknown(), line: z.unknown() }).partial());

async function* recordEvents(chunks: AsyncIterable<LogChunk>): AsyncGenerator<string> {
  for await (const { line } of linesOf(chunks, Number.POSITIVE_INFINITY)) {
    if (line === '') continue;
    const { id, line: number } = record.parse(line);
    const position = typeof id === 'number' ? id : number;
    const named = typeof position === 'number' ? `id: ${String(position)}\n` : '';
    yield `${named}data: ${line}\n\n`;
  }
}

async function* outputEvents(chunks: AsyncIterable<LogChunk>): AsyncGenerator<string> {
  for await (const { stream, line } of linesOf(chunks, longestLine)) {
    // A carriage return ends a line of the format, as a line feed does.
    const data = line.replace(/\r$/, '').split('\r').join('\ndata: ');
    yield `event: ${stream}\ndata: ${data}\n\n`;
  }
}

async function* linesOf(
  chunks: AsyncIterable<LogChunk>,
  longest: number,
): AsyncGenerator<{ readonly stream: LogChunk['stream']; readonly line: string }> {
  const streams = {
    stdout: { decoder: new TextDecoder(), rest: '' },
    stderr: { decoder: new TextDecoder(), rest: '' },
  };
  for await (const { stream, bytes } of chunks) {
    const state = streams[stream];
    const lines = (state.rest + state.decoder.decode(bytes, { stream: true })).split('\n');
    state.rest = lines.pop() ?? '';
    for (const line of lines) yield { stream, line };
    if (state.rest.length > longest) {
      yield { stream, line: state.rest };
      state.rest = '';
    }
  }
  for (const stream of ['stdout', 'stderr'] as const) {
    const rest = streams[stream].rest + streams[stream].decoder.decode();
    if (rest !== '') yield { stream, line: rest };
  }
}
