import type { SessionId } from '@ds01/contracts';
import { sessionProtocol, wireHeaders } from '@ds01/contracts/core';
import type { Api, ApiOptions, ApiSession } from '@ds01/ports';
import { readError } from './answers.ts';
import { isDry, recordOf } from './ask.ts';
import { createDaemonClient } from './create-daemon-client.ts';
import type { DaemonClient } from './daemon-client.ts';
import { lostWorkOf } from './lost-connection.ts';
import { createNodeTransport, type NodeTransport } from './node-transport.ts';
import type { ClientOptions } from './options.ts';
import { pause } from './retry.ts';
import { createClientSession } from './session.ts';
import { encodeRequest } from './wire-request.ts';

/** The operations of a daemon in Node: with sessions, which connect with processes. */
export interface Client extends DaemonClient, Pick<Api, 'session'> {}

/**
 * The operations of the daemon at a socket or an address. Errors are the daemon's own, decoded; a daemon
 * that doesn't answer is `daemon.unreachable`. Fails with `usage.invalid` for an address that is none.
 *
 * @example
 * const client = createClient({ socketPath: '/run/ds01/ds01.sock', version: '0.1.0' });
 * const { containers } = await client.call('containers.list', { all: true });
 * client.close();
 */
export function createClient(options: ClientOptions): Client {
  const transport = createNodeTransport(options);
  const preset = options.socketPath === undefined ? {} : ({ retry: false } as const);
  const callerOptions = { ...preset, ...options };
  const asking = { transport, options: callerOptions, pause };
  return {
    ...createDaemonClient(asking),
    async session(id, input, given = {}) {
      const wanted = encodeRequest(id, recordOf(input), { dryRun: isDry(asking, given) });
      return openSession(transport, { ...wanted, id, given });
    },
  };
}

async function openSession(
  transport: NodeTransport,
  wanted: ReturnType<typeof encodeRequest> & {
    readonly id: SessionId;
    readonly given: ApiOptions;
  },
): Promise<ApiSession> {
  const { id, given, ...request } = wanted;
  given.signal?.throwIfAborted();
  const headers = { connection: 'upgrade', upgrade: sessionProtocol };
  const opening = new AbortController();
  const abort = (): void => opening.abort(given.signal?.reason);
  given.signal?.addEventListener('abort', abort, { once: true });
  try {
    const answer = await transport.upgrade({ ...request, headers, signal: opening.signal });
    if (answer.upgraded === null) throw await readError(answer);
    const { socket, head } = answer.upgraded;
    const session = createClientSession(socket, head, lostWorkOf(id));
    const tty = answer.header(wireHeaders.tty);
    return tty === null ? session : { ...session, tty: tty === 'true' };
  } finally {
    // What runs is ended by its session, not by the signal that it was opened with.
    given.signal?.removeEventListener('abort', abort);
  }
}
