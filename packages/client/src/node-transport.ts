import type { ClientRequest, IncomingMessage } from 'node:http';
import { Readable, type Duplex } from 'node:stream';
import type { Answer, Transport, WireRequest } from './answer.ts';
import { placeOf, type Dial } from './node-dial.ts';
import type { ClientOptions } from './options.ts';
import { createAnswerWatch, requestHeaders } from './request-headers.ts';
import { unreachable } from './unreachable.ts';

/** An answer; one whose connection was taken over from HTTP has it. */
export interface NodeAnswer extends Answer {
  /** The connection, and what came on it behind the answer; `null` when it is still HTTP's. */
  readonly upgraded: { readonly socket: Duplex; readonly head: Uint8Array } | null;
}

/** Connections of a Node process to one daemon. */
export interface NodeTransport extends Transport {
  /** Sends a request whose connection may be taken over: one of its own. */
  upgrade(wanted: WireRequest): Promise<NodeAnswer>;
}

/**
 * Requests to a daemon, over its unix socket or to its address. Fails with `usage.invalid` and
 * `token.invalid` for a target that is none.
 */
export function createNodeTransport(options: ClientOptions): NodeTransport {
  const place = placeOf(options);
  const watch = createAnswerWatch(options);
  let dialled: Dial | null = null;
  const send = async (wanted: WireRequest, alone: boolean): Promise<NodeAnswer> => {
    const dial = (dialled ??= await place.dial());
    const { method, path, body, signal } = wanted;
    const headers = { ...requestHeaders(options, wanted), ...lengthOf(body) };
    const answered = Promise.withResolvers<NodeAnswer>();
    const fail = (error: Error): void => {
      answered.reject(signal?.aborted === true ? error : unreachable(place.name, error));
    };
    const pending = dial.begin(
      { method, path, headers, ...(signal === undefined ? {} : { signal }) },
      { alone },
    );
    pending.on('error', fail);
    const answerOf = (message: IncomingMessage, upgraded: NodeAnswer['upgraded']): NodeAnswer => ({
      status: message.statusCode ?? 0,
      header: (name) => headerIn(message, name),
      get body() {
        return bodyOf(message, { place: place.name, signal });
      },
      discard: () => message.destroy(),
      upgraded,
    });
    pending.once('response', (message) => answered.resolve(answerOf(message, null)));
    pending.once('upgrade', (message, socket, head) =>
      answered.resolve(answerOf(message, { socket, head })),
    );
    sendBody(pending, body, fail);
    const answer = await answered.promise;
    watch(answer);
    return answer;
  };
  return {
    send: (wanted) => send(wanted, false),
    upgrade: (wanted) => send(wanted, true),
    close: () => dialled?.close(),
  };
}

function headerIn({ headers }: IncomingMessage, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' ? value : (value?.join(', ') ?? null);
}

/** What is left of a body that isn't read to its end is passed over, so that the connection stays. */
async function* bodyOf(
  message: IncomingMessage,
  { place, signal }: { readonly place: string; readonly signal: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  try {
    const chunks: AsyncIterable<Uint8Array> = message.iterator({ destroyOnReturn: false });
    yield* chunks;
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof Error ? unreachable(place, error) : error;
  } finally {
    message.resume();
  }
}

function lengthOf(body: WireRequest['body']): Readonly<Record<string, string>> {
  if (typeof body === 'string') return { 'content-length': String(Buffer.byteLength(body)) };
  if (body instanceof Uint8Array) return { 'content-length': String(body.length) };
  return body instanceof Blob ? { 'content-length': String(body.size) } : {};
}

function sendBody(
  pending: ClientRequest,
  body: WireRequest['body'],
  fail: (error: Error) => void,
): void {
  if (body === null || typeof body === 'string' || body instanceof Uint8Array) {
    pending.end(body ?? undefined);
    return;
  }
  const bytes = Readable.from(body instanceof Blob ? body.stream() : body, { objectMode: false });
  bytes.once('error', (error) => {
    fail(error);
    pending.destroy(error);
  });
  bytes.pipe(pending);
}
