import type { HttpBindings } from '@hono/node-server';
import {
  ds01Error,
  errorOfProblem,
  isCallId,
  problemOf,
  progressMediaType,
  routeIds,
  routes,
  wireHeaders,
  type CallId,
  type Problem,
  type RouteId,
  type StreamId,
} from '@ds01/contracts';
import { isStreamId } from '@ds01/contracts/core';
import type { Operations } from '@ds01/control-plane';
import { Hono, type Context } from 'hono';
import { farewellMs, type LiveSessions } from './connect-session.ts';
import { dryRunOf } from './dry-run.ts';
import { exchange, restarting, type ExchangeDependencies, type Incoming } from './exchange.ts';
import { frameStream, textStream } from './output-stream.ts';
import { problemFor, problemMediaType } from './problem-response.ts';
import { readBody } from './read-body.ts';
import type { RunningRequest } from './requests.ts';

/** What the HTTP interface is made of. */
export interface AppDependencies extends ExchangeDependencies {
  readonly operations: Operations;
  /** Streams that are followed now. */
  readonly live: LiveSessions;
  /** False while the daemon ends: new requests are refused. */
  readonly accepting: () => boolean;
}

/** Media types of output without frames. */
const textTypes: Readonly<Record<StreamId, string>> = {
  'containers.logs': 'text/plain; charset=utf-8',
  'events.follow': 'application/x-ndjson',
  'events.export': 'application/x-ndjson',
  'queue.follow': 'application/x-ndjson',
  'operations.follow': 'application/x-ndjson',
  'daemon.metrics': 'text/plain; version=0.0.4; charset=utf-8',
};

type Bindings = { Bindings: HttpBindings };
type HonoContext = Context<Bindings>;

/** Media type of output in frames, which keeps the two streams apart. */
const framesMediaType = 'application/vnd.ds01.frames';

/** Every call and stream of the route table over HTTP. Sessions are upgrades, see `sessions.ts`. */
export function createApp(deps: AppDependencies): Hono<Bindings> {
  const app = new Hono<Bindings>();
  for (const id of routeIds) {
    const { method, path, kind } = routes[id];
    if (kind === 'session') continue;
    const pattern = path.replaceAll(/\{(\w+)\}/g, ':$1');
    app.on(method, pattern, (context) => answer(deps, id, context));
  }
  app.notFound((context) => {
    const error = ds01Error('route.not-found', {
      message: `There is nothing at ${context.req.method} ${context.req.path.slice(0, 200)}.`,
      hint: 'GET /api/v1/version',
    });
    return problemResponse(problemOf(error, null), headersOf(deps, ''));
  });
  return app;
}

async function answer(deps: AppDependencies, id: RouteId, context: HonoContext): Promise<Response> {
  const message = context.env.incoming;
  const running = deps.requests.begin();
  const headers = headersOf(deps, running.id);
  // A request is under way until its last byte is sent. What nobody reads then, a HEAD's body for
  // one, is left alone.
  context.env.outgoing.once('close', () => {
    running.abort();
    running.end();
  });
  try {
    if (!deps.accepting()) throw restarting();
    const dryRun = dryRunOf(context.req.queries('dryRun') ?? []);
    const readInput = () => inputOf(context, id);
    const incoming = { id, message, socket: message.socket, dryRun, readInput, running };
    if (isCallId(id)) return await answerCall(deps, { ...incoming, id }, { context, headers });
    if (isStreamId(id)) return await answerStream(deps, { ...incoming, id }, { context, headers });
    throw new Error(`${id} is no call and no stream`);
  } catch (error) {
    return problemResponse(problemFor(error, running.id, deps.log), headers);
  }
}

type Known<Id> = Incoming & { readonly id: Id; readonly running: RunningRequest };

interface Reply {
  readonly context: HonoContext;
  readonly headers: Readonly<Record<string, string>>;
}

async function answerCall(
  deps: AppDependencies,
  incoming: Known<CallId>,
  { context, headers }: Reply,
): Promise<Response> {
  const { id, running } = incoming;
  const wantsProgress = context.req.header('accept')?.includes(progressMediaType) === true;
  const run = (onProgress?: (line: string) => void) =>
    exchange(deps, incoming, ({ person, dryRun, input }) =>
      deps.operations.call(id, person, input as never, {
        dryRun,
        signal: running.signal,
        onProgress,
      }),
    );
  if (!wantsProgress) {
    const result = await run();
    const status = id === 'daemon.ready' && isUnready(result) ? 503 : 200;
    return Response.json(result, { status, headers });
  }
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const write = (line: object): void => {
    // Whoever left is noticed by the connection's end.
    writer.write(`${JSON.stringify(line)}\n`).catch(() => undefined);
  };
  void run((progress) => write({ progress }))
    .then(
      (result) => write({ result }),
      (error: unknown) => write({ error: problemFor(error, running.id, deps.log) }),
    )
    .then(() => writer.close())
    .catch(() => undefined);
  return new Response(readable.pipeThrough(new TextEncoderStream()), {
    headers: { ...headers, 'content-type': progressMediaType },
  });
}

async function answerStream(
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

/** Path parameters, then the query or the body. */
async function inputOf(context: HonoContext, id: RouteId) {
  const { dryRun: _, ...query } = context.req.query();
  const rest = routes[id].method === 'POST' ? await readBody(context.env.incoming) : query;
  return { ...rest, ...context.req.param() };
}

function headersOf(deps: AppDependencies, requestId: string): Readonly<Record<string, string>> {
  return {
    [wireHeaders.serverVersion]: deps.version,
    'cache-control': 'no-store',
    ...(requestId === '' ? {} : { [wireHeaders.requestId]: requestId }),
  };
}

function problemResponse(problem: Problem, headers: Readonly<Record<string, string>>): Response {
  return new Response(JSON.stringify(problem), {
    status: problem.status,
    headers: { ...headers, 'content-type': problemMediaType },
  });
}

function isUnready(result: unknown): boolean {
  return typeof result === 'object' && result !== null && Reflect.get(result, 'ready') === false;
}
