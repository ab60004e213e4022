import { Agent, request, type ClientRequest } from 'node:http';
import { addressOf, authorizationOf } from './address.ts';
import type { AddressTarget, ClientTarget } from './options.ts';
import { connectTimeoutCode } from './unreachable.ts';

/** The head of a request. */
export interface DialOptions {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

/** Makes requests at one place. */
export interface Dial {
  /** Begins a request; its body is still to be sent. `alone`: on a connection of its own. */
  readonly begin: (options: DialOptions, use: { readonly alone: boolean }) => ClientRequest;
  readonly close: () => void;
}

/** How to get a {@link Dial}, and what to call its place. */
export interface Place {
  readonly name: string;
  readonly dial: () => Promise<Dial>;
}

const agentOptions = { keepAlive: true, maxSockets: 8 } as const;

/** An address that swallows what is sent there would keep its caller for minutes. */
const longestConnectMs = 10_000;

/**
 * The place that a target means. Fails with `usage.invalid` for an address that is none, and with
 * `token.invalid` for a token that is none.
 */
export function placeOf(target: ClientTarget): Place {
  if (target.socketPath !== undefined) return socketPlace(target.socketPath);
  return addressPlace(target);
}

function socketPlace(socketPath: string): Place {
  const agent = new Agent(agentOptions);
  return {
    name: socketPath,
    dial: async () => ({
      begin: (options, { alone }) =>
        request({ ...options, socketPath, agent: alone ? false : agent }),
      close: () => agent.destroy(),
    }),
  };
}

function addressPlace({ url, token, ca }: AddressTarget): Place {
  const { isSecure, host, port, prefix, text } = addressOf(url);
  const authorization = authorizationOf(token);
  const trusted = ca === undefined ? {} : { ca };
  return {
    name: text,
    dial: async () => {
      // TLS is loaded for those alone who want it.
      const http = isSecure ? await import('node:https') : { Agent, request };
      const agent = new http.Agent({ ...agentOptions, ...trusted });
      return {
        begin: ({ path, headers, ...options }, { alone }) => {
          const pending = http.request({
            ...options,
            ...trusted,
            host,
            ...(port === '' ? {} : { port }),
            path: `${prefix}${path}`,
            headers: { ...headers, authorization },
            agent: alone ? new http.Agent(trusted) : agent,
          });
          limitConnecting(pending);
          return pending;
        },
        close: () => agent.destroy(),
      };
    },
  };
}

function limitConnecting(pending: ClientRequest): void {
  pending.once('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(() => {
      const late = new Error(`no connection within ${longestConnectMs / 1000} s`);
      pending.destroy(Object.assign(late, { code: connectTimeoutCode() }));
    }, longestConnectMs);
    const stop = (): void => clearTimeout(timer);
    socket.once('connect', stop);
    pending.once('close', stop);
  });
}
