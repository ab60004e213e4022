import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { z } from 'zod';
import { negotiate, versionSchema, type NegotiatedVersion } from './api-version.ts';
import type { EngineConnection, EngineRequest } from './connection.ts';
import { interrupted } from './engine-errors.ts';
import { responseTimeoutMs } from './response-timeouts.ts';
import { readJson } from './wire.ts';

/** A request with the time limit still to be chosen. */
export type ApiRequest = Omit<EngineRequest, 'timeoutMs'> & {
  readonly timeoutMs?: number | undefined;
};

/** The engine's API at the negotiated version. Every failure is a DS01 error. */
export interface EngineApi {
  readonly socketPath: string;
  version(signal?: AbortSignal): Promise<NegotiatedVersion>;
  read<T>(schema: z.ZodType<T>, request: ApiRequest): Promise<T>;
  /** For answers without a body that matters; gives the HTTP status. */
  send(request: ApiRequest): Promise<number>;
  stream(request: ApiRequest): Promise<IncomingMessage>;
  upgrade(request: ApiRequest): Promise<Duplex>;
  close(): void;
}

/** The versioned API over a connection. `GET /version` is asked once, before the first request. */
export function createApi(connection: EngineConnection, defaultTimeoutMs: number): EngineApi {
  let version: Promise<NegotiatedVersion> | undefined;

  function ask(): Promise<NegotiatedVersion> {
    version ??= fetchVersion().catch((error: unknown) => {
      version = undefined;
      throw error;
    });
    return version;
  }

  async function fetchVersion(): Promise<NegotiatedVersion> {
    const request: EngineRequest = { method: 'GET', path: '/version', timeoutMs: defaultTimeoutMs };
    const reply = await connection.call(request, '');
    return negotiate(readJson(versionSchema, reply.text, request));
  }

  async function prepare(request: ApiRequest): Promise<[EngineRequest, string]> {
    const { apiVersion } = await unlessAborted(ask(), request);
    const timeoutMs = request.timeoutMs ?? responseTimeoutMs(request.path, defaultTimeoutMs);
    return [{ ...request, timeoutMs }, `/v${apiVersion}`];
  }

  return {
    socketPath: connection.socketPath,
    version: (signal) => unlessAborted(ask(), { method: 'GET', path: '/version', signal }),
    async read(schema, request) {
      const reply = await connection.call(...(await prepare(request)));
      return readJson(schema, reply.text, request);
    },
    async send(request) {
      const reply = await connection.call(...(await prepare(request)));
      return reply.status;
    },
    async stream(request) {
      return connection.stream(...(await prepare(request)));
    },
    async upgrade(request) {
      return connection.upgrade(...(await prepare(request)));
    },
    close: () => connection.close(),
  };
}

/** A result that others share; the caller's abort leaves it alone and ends only the waiting. */
async function unlessAborted<T>(
  shared: Promise<T>,
  request: Pick<EngineRequest, 'method' | 'path' | 'signal'>,
): Promise<T> {
  const { signal } = request;
  if (signal === undefined) return shared;
  if (signal.aborted) {
    shared.catch(() => undefined);
    throw interrupted(request);
  }
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(interrupted(request));
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([shared, aborted]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
