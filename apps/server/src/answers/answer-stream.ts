import { errorOfProblem, type StreamId } from '@ds01/contracts';
import { farewellMs } from '../connect-session.ts';
import { exchange } from '../exchange.ts';
import { frameStream, textStream } from '../output-stream.ts';
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

/** Answers with output as it comes: in frames, or as text. */
export async function answerStream(
  deps: AppDependencies,
  incoming: Known<StreamId>,
  { context, headers }: Reply,
): Promise<Response> {
  const { id, running } = incoming;
  const inFrames = context.req.header('accept')?.includes(framesMediaType) === true;
  const opened = Promise.withResolvers<ReadableStream<Uint8Array>>();
  void exchange(deps, incoming, async ({ person, input }) => {
    const { signal } = running;
    const forget = deps.live.add((problem) => {
      running.abort(errorOfProblem(problem));
      // Whoever doesn't read can't be told.
      setTimeout(() => incoming.socket.destroy(), farewellMs).unref();
    });
    const chunks = await deps.operations.stream(id, person, input as never, { signal });
    const output = inFrames
      ? frameStream(chunks, {
          signal,
          problemOf: (error) => problemFor(error, running.id, deps.log),
        })
      : textStream(chunks, { signal, onBroken: () => context.env.outgoing.destroy() });
    opened.resolve(output.readable);
    running.watch();
    await output.done.finally(forget);
  }).catch(opened.reject);
  const type = inFrames ? framesMediaType : textTypes[id];
  return new Response(await opened.promise, { headers: { ...headers, 'content-type': type } });
}
