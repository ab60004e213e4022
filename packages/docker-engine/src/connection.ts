import { Agent, request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Duplex, Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { brokenConnection, interrupted, refusal, slowAnswer } from './engine-errors.ts';

/** One HTTP request to the engine, without the version in its path. */
export interface EngineRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Begins with `/`; no version, no query. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as a tar archive, instead of `body`. */
  readonly archive?: Uint8Array | undefined;
  /**
   * The same of any size, sent as it comes, no faster than the engine takes it. When it fails, so
   * does the request, with its error; destroyed when the request ends before.
   */
  readonly upload?: Readable | undefined;
  /** Further headers; their values appear in no error. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** How long the answer may take: the whole of it for `call`, its head for the others. */
  readonly timeoutMs: number;
}

/** Answer of the engine with its whole body. */
export interface EngineReply {
  readonly status: number;
  readonly text: string;
}

/** Where the engine listens and how long a connection may take. */
export interface ConnectionOptions {
  readonly socketPath: string;
  readonly connectTimeoutMs: number;
  /** Called as each request is sent; paths carry no version. */
  readonly onRequest?: ((request: { method: string; path: string }) => void) | undefined;
}

/**
 * HTTP over the engine's socket: kept-alive connections that never keep the process running, time
 * limits, abort, and errors that are already DS01's. Answers of 2xx and 304 are successes.
 */
export interface EngineConnection {
  readonly socketPath: string;
  /** The whole answer. */
  call(request: EngineRequest, prefix: string): Promise<EngineReply>;
  /** The answer's head; its body is read by the caller, who must finish or destroy it. */
  stream(request: EngineRequest, prefix: string): Promise<IncomingMessage>;
  /** Takes the connection over as a raw byte stream. */
  upgrade(request: EngineRequest, prefix: string): Promise<Duplex>;
  /** Drops idle connections. */
  close(): void;
}

type Head = { readonly response: IncomingMessage } | { readonly socket: Duplex };

/** A connection to the engine at a unix socket. Nothing is opened before the first request. */
export function createConnection(options: ConnectionOptions): EngineConnection {
  const agent = new Agent({ keepAlive: true, maxFreeSockets: 8 });

  async function call(request: EngineRequest, prefix: string): Promise<EngineReply> {
    const exchange = start({ options, agent, request, prefix, upgrade: false });
    try {
      const head = await exchange.head;
      if ('socket' in head) return { status: 101, text: '' };
      const body = await text(head.response);
      return checked(request, { status: head.response.statusCode ?? 0, text: body });
    } catch (error) {
      if (request.method === 'GET' && wasStale(exchange.request, error)) {
        return call(request, prefix);
      }
      throw brokenConnection(error, options.socketPath, request);
    } finally {
      exchange.stopWatching();
    }
  }

  async function open(request: EngineRequest, prefix: string, upgrade: boolean): Promise<Head> {
    const exchange = start({ options, agent, request, prefix, upgrade });
    try {
      const head = await exchange.head;
      if ('socket' in head) {
        head.socket.once('close', exchange.stopWatching);
      } else {
        if (!isSuccess(head.response.statusCode)) {
          const body = await text(head.response);
          checked(request, { status: head.response.statusCode ?? 0, text: body });
        }
        head.response.once('close', exchange.stopWatching);
      }
      exchange.stopClock();
      return head;
    } catch (error) {
      exchange.stopWatching();
      throw brokenConnection(error, options.socketPath, request);
    }
  }

  return {
    socketPath: options.socketPath,
    call,
    async stream(request, prefix) {
      const head = await open(request, prefix, false);
      if ('response' in head) return head.response;
      head.socket.destroy();
      throw refusal(101, 'unexpected upgrade', request);
    },
    async upgrade(request, prefix) {
      const head = await open(request, prefix, true);
      if ('socket' in head) return head.socket;
      head.response.destroy();
      throw refusal(head.response.statusCode ?? 0, 'the connection was not upgraded', request);
    },
    close() {
      agent.destroy();
    },
  };
}

interface Exchange {
  readonly request: ClientRequest;
  readonly head: Promise<Head>;
  readonly stopClock: () => void;
  readonly stopWatching: () => void;
}

interface ExchangeOptions {
  readonly options: ConnectionOptions;
  readonly agent: Agent;
  readonly request: EngineRequest;
  readonly prefix: string;
  readonly upgrade: boolean;
}

function start({ options, agent, request, prefix, upgrade }: ExchangeOptions): Exchange {
  const { signal } = request;
  if (signal?.aborted === true) throw interrupted(request);
  options.onRequest?.({ method: request.method, path: request.path });
  const body = request.body === undefined ? request.archive : JSON.stringify(request.body);
  const client = httpRequest({
    agent,
    socketPath: options.socketPath,
    method: request.method,
    path: `${prefix}${request.path}${queryString(request.query)}`,
    headers: { ...headersOf(body, upgrade), ...request.headers },
  });
  let victim: { destroy(error: Error): unknown } = client;
  const fail = (error: Error): void => void victim.destroy(error);
  const onAbort = (): void => fail(interrupted(request));
  signal?.addEventListener('abort', onAbort, { once: true });
  const clock = setTimeout(() => fail(slowAnswer(request)), request.timeoutMs);
  const connecting = setTimeout(
    () => fail(Object.assign(new Error('connect timed out'), { code: 'ETIMEDOUT' })),
    options.connectTimeoutMs,
  );
  const stopConnecting = (): void => clearTimeout(connecting);
  client.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', stopConnecting);
    else stopConnecting();
  });
  const head = new Promise<Head>((resolve, reject) => {
    client.once('response', (response) => {
      victim = response;
      resolve({ response });
    });
    client.once('upgrade', (_response, socket, first) => {
      victim = socket;
      if (first.length > 0) socket.unshift(first);
      resolve({ socket });
    });
    client.on('error', reject);
    client.once('close', () => reject(new Error('connection closed')));
  });
  const { upload } = request;
  if (upload === undefined) client.end(body);
  else {
    upload.once('error', fail);
    client.once('close', () => upload.destroy());
    upload.pipe(client);
  }
  const stopClock = (): void => {
    clearTimeout(clock);
    stopConnecting();
  };
  return {
    request: client,
    head,
    stopClock,
    stopWatching() {
      stopClock();
      signal?.removeEventListener('abort', onAbort);
    },
  };
}

function headersOf(
  body: string | Uint8Array | undefined,
  upgrade: boolean,
): Record<string, string | number> {
  const type = typeof body === 'string' ? 'application/json' : 'application/x-tar';
  return {
    Host: 'docker',
    ...(upgrade ? { Connection: 'Upgrade', Upgrade: 'tcp' } : {}),
    ...(body === undefined
      ? {}
      : { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body) }),
  };
}

function queryString(query: EngineRequest['query']): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) parameters.set(name, String(value));
  }
  return parameters.size === 0 ? '' : `?${parameters.toString()}`;
}

function isSuccess(status: number | undefined): boolean {
  return status !== undefined && ((status >= 200 && status < 300) || status === 304);
}

function checked(request: EngineRequest, reply: EngineReply): EngineReply {
  if (isSuccess(reply.status)) return reply;
  throw refusal(reply.status, reply.text, request);
}

/** An idle connection that the engine closed while this request was on its way. */
function wasStale(request: ClientRequest, error: unknown): boolean {
  return (
    request.reusedSocket && error instanceof Error && 'code' in error && error.code === 'ECONNRESET'
  );
}
