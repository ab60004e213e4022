import { progressMediaType, type CallId } from '@ds01/contracts';
import { exchange } from '../exchange.ts';
import { problemFor } from '../problem-response.ts';
import type { AppDependencies, Known, Reply } from './app-dependencies.ts';

/** Answers a call with its document, preceded by lines of progress where they are wanted. */
export async function answerCall(
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
  if (wantsProgress) return progressResponse(deps, { running, run, headers });
  const result = await run();
  return Response.json(result, { status: statusOf(id, result), headers });
}

/** Status of an answer that is no problem. */
export function statusOf(id: CallId, result: unknown): number {
  return id === 'daemon.ready' && isUnready(result) ? 503 : 200;
}

function progressResponse(
  deps: AppDependencies,
  work: {
    readonly running: { readonly id: string };
    readonly run: (onProgress: (line: string) => void) => Promise<unknown>;
    readonly headers: Readonly<Record<string, string>>;
  },
): Response {
  const { readable, writable } = new TransformStream<string, string>();
  const writer = writable.getWriter();
  const write = (line: object): void => {
    // Whoever left is noticed by the connection's end.
    writer.write(`${JSON.stringify(line)}\n`).catch(() => undefined);
  };
  void work
    .run((progress) => write({ progress }))
    .then(
      (result) => write({ result }),
      (error: unknown) => write({ error: problemFor(error, work.running.id, deps.log) }),
    )
    .then(() => writer.close())
    .catch(() => undefined);
  return new Response(readable.pipeThrough(new TextEncoderStream()), {
    headers: { ...work.headers, 'content-type': progressMediaType },
  });
}

function isUnready(result: unknown): boolean {
  return typeof result === 'object' && result !== null && Reflect.get(result, 'ready') === false;
}
