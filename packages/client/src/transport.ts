import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import { ds01Error, wireHeaders } from '@ds01/contracts/core';
import type { ClientOptions } from './options.ts';
import { unreachable } from './unreachable.ts';

/** One HTTP request as the daemon gets it. */
export interface WireRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON text; `null` without a body. */
  readonly body: string | null;
  readonly signal?: AbortSignal | undefined;
}

/** Connections to one daemon. */
export interface Transport {
  /** Resolves with the head of the answer; its body is still to be read. */
  send(wanted: WireRequest): Promise<IncomingMessage>;
  /** Starts a request whose connection may be taken over; `listen` is called before it can fail. */
  start(wanted: WireRequest, listen: (request: ClientRequest) => void): Promise<void>;
  close(): void;
}

/** Starts requests at one place. */
interface Dial {
  readonly start: (
    wanted: Omit<WireRequest, 'body'>,
    options: { readonly ownConnection: boolean },
  ) => ClientRequest;
  readonly close: () => void;
}

const agentOptions = { keepAlive: true, maxSockets: 8 } as const;

/**
 * Requests to the daemon, over its unix socket or to its address. Fails with `daemon.unreachable`, and
 * with `usage.invalid` for an address that is none.
 */
export function createTransport(options: ClientOptions): Transport {
  const dial = options.socketPath === undefined ? dialAddress(options) : dialSocket(options);
  let dialled: Dial | null = dial instanceof Promise ? null : dial;
  let told = false;
  const start: Transport['start'] = async ({ body, headers, ...wanted }, listen) => {
    dialled ??= await dial;
    const pending = dialled.start(
      {
        ...wanted,
        headers: {
          ...headers,
          [wireHeaders.clientVersion]: options.version,
          ...(options.actFor === null || options.actFor === undefined
            ? {}
            : { [wireHeaders.actFor]: encodeURIComponent(options.actFor) }),
          ...(body === null
            ? {}
            : {
                'content-type': 'application/json',
                'content-length': String(Buffer.byteLength(body)),
              }),
        },
      },
      { ownConnection: 'upgrade' in headers },
    );
    listen(pending);
    pending.end(body ?? undefined);
  };
  return {
    start,
    send: (wanted) =>
      new Promise((resolve, reject) => {
        start(wanted, (pending) => {
          pending.once('error', (error) => {
            reject(wanted.signal?.aborted === true ? error : unreachable(options, error));
          });
          pending.once('response', (response) => {
            const version = response.headers[wireHeaders.serverVersion];
            if (!told && typeof version === 'string' && version !== options.version) {
              told = true;
              options.onVersion?.(version);
            }
            resolve(response);
          });
        }).catch(reject);
      }),
    close: () => dialled?.close(),
  };
}

function dialSocket({ socketPath }: { readonly socketPath: string }): Dial {
  const agent = new Agent(agentOptions);
  return {
    start: (wanted, { ownConnection }) =>
      request({ ...wanted, socketPath, agent: ownConnection ? false : agent }),
    close: () => agent.destroy(),
  };
}

/** TLS is loaded for an address that wants it, and for none else. */
async function dialAddress(target: {
  readonly url: string;
  readonly token: string;
  readonly ca?: string | undefined;
}): Promise<Dial> {
  const { protocol, hostname, port, prefix } = partsOf(target.url);
  const authorization = `Bearer ${target.token}`;
  const http = protocol === 'https:' ? await import('node:https') : { Agent, request };
  const ca = target.ca === undefined ? {} : { ca: target.ca };
  const agent = new http.Agent({ ...agentOptions, ...ca });
  return {
    start: ({ path, headers, ...wanted }, { ownConnection }) =>
      http.request({
        ...wanted,
        ...ca,
        hostname,
        port,
        path: `${prefix}${path}`,
        headers: { ...headers, authorization },
        agent: ownConnection ? new http.Agent({ ...ca, keepAlive: false }) : agent,
      }),
    close: () => agent.destroy(),
  };
}

function partsOf(url: string) {
  const parsed = URL.parse(url);
  if (parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:')) {
    const { protocol, hostname, port, pathname } = parsed;
    return {
      protocol,
      // An IPv6 address stands in brackets in an URL, and nowhere else.
      hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: port === '' ? undefined : port,
      prefix: pathname.replace(/\/+$/, ''),
    };
  }
  throw ds01Error('usage.invalid', {
    message: `${JSON.stringify(url)} is no address of a daemon.`,
    hint: 'https://HOST:PORT',
  });
}
