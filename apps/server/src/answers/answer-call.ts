import { progressMediaType, routes, type CallId, type RouteHead } from '@ds01/contracts';
import { answersAtOnce, type NowOrLater } from '@ds01/control-plane';
import { exchange, exchangeAtOnce, type Exchange } from '../exchange.ts';
import { problemFor } from '../problem-response.ts';
import { answersLater } from '../work/routes-of-work.ts';
import type { Begun, WorkAnswer } from '../work/work-keeper.ts';
import type { AppDependencies, Known, Reply } from './app-dependencies.ts';
import { preferencesOf, type Preferences } from './preferences.ts';
import { jsonResponse } from './respond.ts';
import { laterResponse, answerLine, answerResponse } from './work-response.ts';

/** A call and how it is to be answered. */
interface Asked {
  readonly incoming: Known<CallId>;
  readonly wanted: Preferences;
  readonly reply: Reply;
}

/**
 * Answers a call: with its document, preceded by lines of progress where they are wanted. What has an
 * `Idempotency-Key`, or is to be answered before it is done, is work that goes on without its caller.
 */
export function answerCall(
  deps: AppDependencies,
  incoming: Known<CallId>,
  reply: Reply,
): NowOrLater<Response> {
  const asked = { incoming, wanted: preferencesOf(incoming.message), reply };
  if (asked.wanted.progress) return progressResponse(deps, asked);
  return isQuickRead(incoming.id) ? readResponse(deps, asked) : documentResponse(deps, asked);
}

/** What is answered when it is done and never kept, whatever is asked for. */
function isQuickRead(id: CallId): boolean {
  const { mutates, slow }: RouteHead = routes[id];
  return !mutates && !slow && !answersLater(id, {});
}

function readResponse(deps: AppDependencies, { incoming, reply }: Asked): NowOrLater<Response> {
  const { id, running } = incoming;
  const { headers } = reply;
  if (answersAtOnce(id)) {
    return exchangeAtOnce(deps, incoming, ({ person, input }) => {
      const result = deps.operations.callAtOnce(id, person, input as never);
      return jsonResponse(result, { status: 200, headers });
    });
  }
  return exchange(deps, incoming, async ({ person, dryRun, input }) => {
    const options = { dryRun, signal: running.signal };
    const result = await deps.operations.call(id, person, input as never, options);
    return jsonResponse(result, { status: statusOf(id, result), headers });
  });
}

/** Status of an answer that is no problem. */
function statusOf(id: CallId, result: unknown): number {
  return id === 'daemon.ready' && isUnready(result) ? 503 : 200;
}

async function documentResponse(deps: AppDependencies, asked: Asked): Promise<Response> {
  const { incoming, wanted, reply } = asked;
  const { headers } = reply;
  const { id, running } = incoming;
  const opened = Promise.withResolvers<Response>();
  void exchange(deps, incoming, async (request) => {
    const { person, dryRun, input } = request;
    const later = !dryRun && isLater(id, wanted, input);
    if (!later && !isKeyed(id, wanted, dryRun)) {
      const { signal } = running;
      const result = await deps.operations.call(id, person, input as never, { dryRun, signal });
      opened.resolve(jsonResponse(result, { status: statusOf(id, result), headers }));
      return;
    }
    const begun = begin(deps, asked, request);
    if (later) {
      const soon = await begun.soon(deps.refusalMs);
      opened.resolve(laterResponse(begun, soon, { headers, preferred: wanted.later }));
    }
    const answer = await settledOrLeft(begun, running.signal);
    if (answer === null) return;
    if (!later) opened.resolve(answerResponse(answer, { headers, begun }));
    if (answer.failure !== null) throw answer.failure;
  }).catch(opened.reject);
  return opened.promise;
}

/** A promise, though it begins at once: what isn't one is a whole answer, whose request is over. */
async function progressResponse(deps: AppDependencies, asked: Asked): Promise<Response> {
  const { incoming, wanted, reply } = asked;
  const { id, running } = incoming;
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  // Whoever left is noticed by the connection's end.
  const write = (line: string): Promise<void> => writer.write(`${line}\n`).catch(() => undefined);
  const tell = (progress: string): Promise<void> => write(JSON.stringify({ progress }));
  let told = Promise.resolve();
  let last: string | null = null;
  exchange(deps, incoming, async (request) => {
    const { person, dryRun, input } = request;
    if (!isKeyed(id, wanted, dryRun)) {
      const { signal } = running;
      const onProgress = (line: string): void => void tell(line);
      const options = { dryRun, signal, onProgress };
      const result = await deps.operations.call(id, person, input as never, options);
      last = JSON.stringify({ result });
      return;
    }
    const begun = begin(deps, asked, request);
    told = tellAll(begun.lines(running.signal), tell);
    const answer = await settledOrLeft(begun, running.signal);
    if (answer === null) return;
    last = answerLine(answer, begun);
    if (answer.failure !== null) throw answer.failure;
  })
    .catch((error: unknown) => {
      last ??= JSON.stringify({ error: problemFor(error, running.id, deps.log) });
    })
    .then(() => told)
    .then(() => (last === null ? undefined : write(last)))
    .then(() => writer.close())
    .catch(() => undefined);
  return new Response(readable.pipeThrough(new TextEncoderStream()), {
    headers: { ...reply.headers, 'content-type': progressMediaType },
  });
}

async function tellAll(
  lines: AsyncIterable<{ readonly progress: string }>,
  tell: (line: string) => Promise<void>,
): Promise<void> {
  for await (const { progress } of lines) await tell(progress);
}

/** Who only repeats what was asked for needn't stay; who began it is told of as long as it lasts. */
function settledOrLeft(begun: Begun, signal: AbortSignal): Promise<WorkAnswer | null> {
  if (!begun.isReplay) return begun.settled;
  const left = new Promise<null>((resolve) => {
    signal.addEventListener('abort', () => resolve(null), { once: true });
  });
  return Promise.race([begun.settled, left]);
}

/** Only what is slow may be answered later; others are asked to in vain, as RFC 7240 allows. */
function isLater(id: CallId, wanted: Preferences, input: Exchange['input']): boolean {
  return (wanted.later && routes[id].slow) || answersLater(id, input);
}

function isKeyed(id: CallId, { key }: Preferences, dryRun: boolean): boolean {
  return key !== null && routes[id].mutates && !dryRun;
}

function begin(deps: AppDependencies, { incoming, wanted }: Asked, request: Exchange): Begun {
  const { id, running } = incoming;
  const { person, input } = request;
  const begun = deps.work.begin({
    id,
    person,
    input: deps.operations.admit(id, person, input),
    key: routes[id].mutates ? wanted.key : null,
    running,
    run: (options) => deps.operations.call(id, person, input as never, options),
  });
  if (begun.isReplay) request.replayed();
  return begun;
}

function isUnready(result: unknown): boolean {
  return typeof result === 'object' && result !== null && Reflect.get(result, 'ready') === false;
}
