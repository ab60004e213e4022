import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { CallId, RouteId, RouteOutput, SessionId } from '@ds01/contracts';
import {
  createFrameReader,
  ds01Error,
  errorOfProblem,
  frameKinds,
  progressMediaType,
  routeHeads,
  sessionProtocol,
  wireHeaders,
} from '@ds01/contracts/core';
import type { Api, ApiOptions, ApiSession, LogChunk } from '@ds01/ports';
import { isFine, readDocument, readError } from './answers.ts';
import type { ClientOptions } from './options.ts';
import { loadSchemas } from './load-schemas.ts';
import { createClientSession } from './session.ts';
import { createTransport, type Transport } from './transport.ts';
import { unreachable } from './unreachable.ts';
import { encodeRequest } from './wire-request.ts';

/** The operations of a daemon. */
export interface Client extends Api {
  /** Ends idle connections. */
  close(): void;
}

/** Media type of output in frames. */
const framesMediaType = 'application/vnd.ds01.frames';

/**
 * The operations of the daemon at a socket. Errors are the daemon's own, decoded; a daemon that
 * doesn't answer is `daemon.unreachable`.
 *
 * @example
 * const client = createClient({ socketPath: '/run/ds01/ds01.sock', version: '0.1.0' });
 * const { containers } = await client.call('containers.list', { all: true });
 * client.close();
 */
export function createClient(options: ClientOptions): Client {
  const transport = createTransport(options);
  const encode = (id: RouteId, input: unknown, given: ApiOptions) =>
    encodeRequest(
      id,
      { ...(input as Record<string, unknown>) },
      {
        dryRun: given.dryRun ?? options.dryRun ?? false,
      },
    );
  return {
    async call(id, input, given = {}) {
      const route = routeHeads[id];
      given.signal?.throwIfAborted();
      const response = await transport.send({
        ...encode(id, input, given),
        headers: { accept: route.slow ? progressMediaType : 'application/json' },
        ...(route.slow ? {} : { signal: given.signal }),
      });
      const stop = cancelOnAbort(transport, { response, signal: given.signal, slow: route.slow });
      try {
        const document = await readDocument(response, given.onProgress);
        return await checked(id, document, trusts(options, response));
      } catch (error) {
        throw asFailure(error, options);
      } finally {
        stop();
      }
    },
    async session(id, input, given = {}) {
      given.signal?.throwIfAborted();
      return openSession(transport, { ...options, ...encode(id, input, given), given, id });
    },
    async stream(id, input, given = {}) {
      const response = await transport.send({
        ...encode(id, input, given),
        headers: { accept: framesMediaType },
        signal: given.signal,
      });
      if (!isFine(response)) throw await readError(response);
      return outputOf(response, given.signal);
    },
    close: () => transport.close(),
  };
}

/** True when the answer comes from a daemon of the caller's own version that it takes at its word. */
function trusts(options: ClientOptions, { headers }: IncomingMessage): boolean {
  return (
    options.trustsOwnVersion === true && headers[wireHeaders.serverVersion] === options.version
  );
}

async function checked<Id extends CallId>(
  id: Id,
  document: unknown,
  trusted: boolean,
): Promise<RouteOutput<Id>> {
  // What the daemon sends is typed by the same table that it was built with.
  if (trusted) return document as RouteOutput<Id>;
  const { routes } = await loadSchemas();
  return routes[id].output.parse(document) as RouteOutput<Id>;
}

/** Ctrl-C: the daemon is asked to undo, and its answer is awaited. */
function cancelOnAbort(
  transport: Transport,
  call: {
    readonly response: IncomingMessage;
    readonly signal: AbortSignal | undefined;
    readonly slow: boolean;
  },
): () => void {
  const { response, signal, slow } = call;
  const id = response.headers[wireHeaders.requestId];
  if (!slow || signal === undefined || typeof id !== 'string') return () => undefined;
  const cancel = (): void => {
    const wanted = encodeRequest('requests.cancel', { id }, {});
    transport.send({ ...wanted, headers: {} }).then(
      (answer) => answer.resume(),
      () => response.destroy(),
    );
  };
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  return () => signal.removeEventListener('abort', cancel);
}

async function openSession(
  transport: Transport,
  wanted: ClientOptions &
    ReturnType<typeof encodeRequest> & { readonly given: ApiOptions; readonly id: SessionId },
): Promise<ApiSession> {
  const { method, path, body, given, id } = wanted;
  const headers = { connection: 'upgrade', upgrade: sessionProtocol };
  let abort: () => void = () => undefined;
  try {
    return await new Promise<ApiSession>((resolve, reject) => {
      const listen = (request: ClientRequest): void => {
        abort = () => {
          request.destroy(given.signal?.reason instanceof Error ? given.signal.reason : undefined);
        };
        given.signal?.addEventListener('abort', abort, { once: true });
        request.once('error', (error) =>
          reject(given.signal?.aborted === true ? error : unreachable(wanted, error)),
        );
        request.once('response', (response) => {
          readError(response).then(reject, reject);
        });
        request.once('upgrade', ({ headers: got }, socket: Duplex, head: Buffer) => {
          const tty = got[wireHeaders.tty];
          const session = createClientSession(
            socket,
            head,
            id === 'images.build' ? 'is-cancelled' : 'goes-on',
          );
          resolve(tty === undefined ? session : { ...session, tty: tty === 'true' });
        });
      };
      transport.start({ method, path, body, headers }, listen).catch(reject);
    });
  } finally {
    given.signal?.removeEventListener('abort', abort);
  }
}

/** Chunks of output until its end; an aborted signal ends it quietly. */
async function* outputOf(
  response: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<LogChunk> {
  const reader = createFrameReader();
  try {
    for await (const chunk of response) {
      const received: Uint8Array = chunk as Buffer;
      for (const { kind, bytes } of reader.push(received)) {
        if (kind === frameKinds.exit) return;
        if (kind === frameKinds.error) {
          const text = new TextDecoder().decode(bytes);
          const { problemSchema } = await loadSchemas();
          throw errorOfProblem(problemSchema.parse(JSON.parse(text)));
        }
        yield { stream: kind === frameKinds.stderr ? 'stderr' : 'stdout', bytes };
      }
    }
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    return;
  }
  if (signal?.aborted === true) return;
  throw ds01Error('daemon.unreachable', {
    message: 'The connection to the DS01 daemon was lost.',
    hint: 'ds01 container list',
  });
}

function asFailure(error: unknown, options: ClientOptions): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return error instanceof Error && (code === 'ECONNRESET' || code === 'ABORT_ERR')
    ? unreachable(options, error)
    : error;
}
