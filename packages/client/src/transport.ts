import { Agent, request, type ClientRequest, type IncomingMessage } from 'node:http';
import type { Ds01Error } from '@ds01/contracts';
import { ds01Error, wireHeaders } from '@ds01/contracts/core';
import type { ClientOptions } from './options.ts';

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
  /** Starts a request whose connection may be taken over. */
  start(wanted: WireRequest): ClientRequest;
  close(): void;
}

/** Requests over the daemon's unix socket. Fails with `daemon.unreachable`. */
export function createTransport(options: ClientOptions): Transport {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  let told = false;
  const start = ({ method, path, headers, body, signal }: WireRequest): ClientRequest =>
    request({
      socketPath: options.socketPath,
      agent: 'upgrade' in headers ? false : agent,
      method,
      path,
      headers: {
        ...headers,
        [wireHeaders.clientVersion]: options.version,
        ...(options.actFor === null || options.actFor === undefined
          ? {}
          : { [wireHeaders.actFor]: encodeURIComponent(options.actFor) }),
        ...(body === null
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
      ...(signal === undefined ? {} : { signal }),
    }).end(body ?? undefined);
  return {
    start,
    send: (wanted) =>
      new Promise((resolve, reject) => {
        const pending = start(wanted);
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
      }),
    close: () => agent.destroy(),
  };
}

/** The error for a daemon that doesn't answer, or whose connection broke. */
export function unreachable(options: ClientOptions, cause: Error): Ds01Error {
  const code: unknown = Reflect.get(cause, 'code');
  const refused = code === 'ENOENT' || code === 'ECONNREFUSED' || code === 'EACCES';
  return ds01Error('daemon.unreachable', {
    message: refused
      ? `The DS01 daemon does not answer at ${options.socketPath}.`
      : `The connection to the DS01 daemon was lost (${cause.message}).`,
    hint: 'ask an administrator to run: systemctl status ds01d',
    cause,
  });
}
