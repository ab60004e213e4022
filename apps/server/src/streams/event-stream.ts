import type { Problem, StreamId } from '@ds01/contracts';
import type { LogChunk } from '@ds01/ports';
import { z } from 'zod';
import {
  createLogIds,
  lastIdNotUnderstood,
  logPositionOf,
  sinceMsOf,
  type LogPosition,
} from './log-positions.ts';
import { logRecordsOf } from './log-records.ts';

/** Media type of server-sent events (WHATWG HTML, 9.2). */
export const eventStreamType = 'text/event-stream';

/** Whoever hears nothing takes the connection for dead; so do proxies. */
const heartbeatMs = 15_000;
/** After so long a browser connects again. */
const retryMs = 2000;
/** Longer lines of output are cut into pieces. */
const longestLine = 65_536;
/** Characters of a line that may wait until it is known whether the reader has it. */
const mostWaiting = 1_048_576;

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

/** How a stream goes on for a reader. */
export interface Resumed {
  /** Counts more than what the address says, which is still that of the first time. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Of output, the last line that the reader has; `null` without one. */
  readonly after: LogPosition | null;
}

/**
 * How a stream goes on for whoever says with `Last-Event-ID` what they have. Output is read with its
 * times, by which its lines get ids. Fails with `request.invalid`.
 */
export function resumedBy(id: StreamId, lastEventId: string | string[] | undefined): Resumed {
  const isLogs = id === 'containers.logs';
  const name = resumeInputs[id];
  if ((name === undefined && !isLogs) || lastEventId === undefined || lastEventId === '') {
    return { input: isLogs ? { timestamps: true } : {}, after: null };
  }
  if (isLogs) {
    const after = logPositionOf(String(lastEventId));
    return { input: { timestamps: true, tail: null, sinceMs: sinceMsOf(after) }, after };
  }
  if (name !== undefined && typeof lastEventId === 'string' && /^\d{1,15}$/.test(lastEventId)) {
    return { input: { [name]: lastEventId }, after: null };
  }
  throw lastIdNotUnderstood();
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
    /** What the reader has of output that comes with its times. */
    readonly after?: LogPosition | null;
    readonly everyMs?: number;
  },
): AsyncGenerator<Uint8Array> {
  const { id, after = null, everyMs = heartbeatMs } = options;
  const encoder = new TextEncoder();
  const outputs = id === 'containers.logs' ? logEvents(chunks, after) : outputEvents(chunks);
  const events = recordStreams.has(id) ? recordEvents(chunks) : outputs;
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
    yield `event: ${stream}\ndata: ${dataOf(line)}\n\n`;
  }
}

/** Only the end of a line has an id: what was cut off within one comes again as a whole. */
async function* logEvents(
  chunks: AsyncIterable<LogChunk>,
  after: LogPosition | null,
): AsyncGenerator<string> {
  const ids = createLogIds(after);
  const begun = { stdout: '', stderr: '' };
  for await (const { stream, at, line, isWhole } of logRecordsOf(chunks, longestLine)) {
    const id = isWhole && at !== null ? ids.next(at) : undefined;
    const named = typeof id === 'string' ? `id: ${id}\n` : '';
    const told = `${begun[stream]}event: ${stream}\n${named}data: ${dataOf(line)}\n\n`;
    // Parts of what the reader may have wait until it is known, unless they are too many.
    const waits = !isWhole && at !== null && ids.mayBeKnown(at) && told.length < mostWaiting;
    begun[stream] = waits ? told : '';
    if (!waits && id !== null) yield told;
  }
}

/** A carriage return ends a line of the format, as a line feed does. */
function dataOf(line: string): string {
  return line.replace(/\r$/, '').split('\r').join('\ndata: ');
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
