import { addressOf, authorizationOf } from './address.ts';
import type { Answer, Transport, WireRequest } from './answer.ts';
import type { CallerOptions } from './options.ts';
import { createAnswerWatch, requestHeaders } from './request-headers.ts';
import { unreachable } from './unreachable.ts';

/** Where requests go by `fetch`, and sessions by WebSocket. */
export interface FetchTarget {
  /** `https://gpu.example.org:7443`; a path in it stands before every route. */
  readonly url: string;
  /** Secret of a token, `ds01_…`. */
  readonly token: string;
  /** Instead of the platform's own. */
  readonly fetch?: typeof fetch;
  /** Instead of the platform's own. */
  readonly WebSocket?: typeof WebSocket;
}

/** What `fetch` takes for a body that comes as it is read; not all platforms can send one. */
type StreamingInit = RequestInit & { readonly duplex?: 'half' };

/**
 * Requests to a daemon's address with nothing but the web's own means. Fails with `usage.invalid` and
 * `token.invalid` for a target that is none.
 */
export function createFetchTransport(options: FetchTarget & CallerOptions): Transport {
  const { text } = addressOf(options.url);
  const authorization = authorizationOf(options.token);
  const send = options.fetch ?? ((...given) => fetch(...given));
  const watch = createAnswerWatch(options);
  // What still comes when the client is closed is given up.
  const open = new Set<AbortController>();
  return {
    async send(wanted) {
      const { method, path, body, signal } = wanted;
      const leaving = new AbortController();
      const signals = signal === undefined ? [leaving.signal] : [leaving.signal, signal];
      const init: StreamingInit = {
        method,
        headers: { ...requestHeaders(options, wanted), authorization },
        signal: AbortSignal.any(signals),
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        ...bodyOf(body),
      };
      open.add(leaving);
      const end = (): void => void open.delete(leaving);
      try {
        const response = await send(`${text}${path}`, init);
        return watch(answerOf(response, { place: text, signal, leaving, end }));
      } catch (error) {
        end();
        signal?.throwIfAborted();
        throw unreachable(text, causeOf(error));
      }
    },
    close: () => {
      for (const leaving of open) leaving.abort();
    },
  };
}

function bodyOf(body: WireRequest['body']): StreamingInit {
  if (body === null) return {};
  if (typeof body === 'string' || body instanceof Uint8Array || body instanceof Blob) {
    return { body };
  }
  return { body: streamOf(body), duplex: 'half' };
}

/** `ReadableStream.from`, which not every browser has. */
function streamOf(body: AsyncIterable<Uint8Array>): ReadableStream<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const next = await pieces.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}

interface Reading {
  readonly place: string;
  readonly signal: AbortSignal | undefined;
  readonly leaving: AbortController;
  readonly end: () => void;
}

function answerOf(response: Response, reading: Reading): Answer {
  return {
    status: response.status,
    header: (name) => response.headers.get(name),
    get body() {
      return chunksOf(response, reading);
    },
    discard: () => reading.leaving.abort(),
  };
}

/** Not every browser can iterate over a stream. */
async function* chunksOf(
  { body }: Response,
  { place, signal, leaving, end }: Reading,
): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  try {
    for (;;) {
      const read = await reader?.read();
      if (read === undefined || read.done) return;
      yield read.value;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(place, causeOf(error));
  } finally {
    leaving.abort();
    end();
  }
}

/** Pages in frames have other classes of errors. */
function causeOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error), { cause: error });
}
