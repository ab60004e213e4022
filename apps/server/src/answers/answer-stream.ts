import { errorOfProblem, type StreamId } from '@ds01/contracts';
import { farewellMs } from '../sessions/connect-session.ts';
import type { LogChunk } from '@ds01/ports';
import { exchange } from '../exchange.ts';
import { eventStreamType, resumedBy, serverSentEvents } from '../streams/event-stream.ts';
import type { LogPosition } from '../streams/log-positions.ts';
import {
  byteStream,
  frameStream,
  textStream,
  type OutputStream,
} from '../streams/output-stream.ts';
import { problemFor } from '../problem-response.ts';
import type { AppDependencies, Known, Reply } from './app-dependencies.ts';

/** Media type of output in frames, which keeps the two streams apart. */
const framesMediaType = 'application/vnd.ds01.frames';

/** Media types of output without frames. */
const textTypes: Readonly<Record<StreamId, string>> = {
  'containers.logs': 'text/plain; charset=utf-8',
  'events.follow': 'application/x-ndjson',
  'events.export': 'application/x-ndjson',
  'queue.follow': 'application/x-ndjson',
  'operations.follow': 'application/x-ndjson',
  'daemon.metrics': 'text/plain; version=0.0.4; charset=utf-8',
};

/** How output is written. */
type Form = 'frames' | 'events' | 'text';

/** Answers with output as it comes: in frames, as server-sent events, or as text. */
export async function answerStream(
  deps: AppDependencies,
  incoming: Known<StreamId>,
  { context, headers }: Reply,
): Promise<Response> {
  const { id, running, message } = incoming;
  const form = formOf(message.headers.accept ?? '');
  const opened = Promise.withResolvers<ReadableStream<Uint8Array>>();
  void exchange(deps, incoming, async ({ person, input: given }) => {
    const { signal } = running;
    const resumed = form === 'events' ? resumedBy(id, message.headers['last-event-id']) : null;
    const input = { ...given, ...resumed?.input };
    const forget = deps.live.add((problem) => {
      running.abort(errorOfProblem(problem));
      // Whoever doesn't read can't be told.
      setTimeout(() => incoming.socket.destroy(), farewellMs).unref();
    });
    try {
      const chunks = await deps.operations.stream(id, person, input as never, { signal });
      const output = outputOf(deps, chunks, {
        form,
        incoming,
        after: resumed?.after ?? null,
        onBroken: () => context.env.outgoing.destroy(),
      });
      opened.resolve(output.readable);
      running.watch();
      await output.done;
    } finally {
      forget();
    }
  }).catch(opened.reject);
  const type = { frames: framesMediaType, events: eventStreamType, text: textTypes[id] }[form];
  const unbuffered = form === 'events' ? { 'x-accel-buffering': 'no' } : {};
  return new Response(await opened.promise, {
    headers: { ...headers, ...unbuffered, 'content-type': type },
  });
}

function formOf(accept: string): Form {
  if (accept.includes(framesMediaType)) return 'frames';
  return accept.includes(eventStreamType) ? 'events' : 'text';
}

function outputOf(
  deps: AppDependencies,
  chunks: AsyncIterable<LogChunk>,
  how: {
    readonly form: Form;
    readonly incoming: Known<StreamId>;
    readonly after: LogPosition | null;
    readonly onBroken: () => void;
  },
): OutputStream {
  const { form, incoming, after, onBroken } = how;
  const { id, running } = incoming;
  const { signal } = running;
  if (form === 'text') return textStream(chunks, { signal, onBroken });
  const problemOf = (error: unknown) => problemFor(error, running.id, deps.log);
  if (form === 'frames') return frameStream(chunks, { signal, problemOf });
  const options = { id, signal, problemOf, after };
  return byteStream(serverSentEvents(chunks, options), { signal });
}
