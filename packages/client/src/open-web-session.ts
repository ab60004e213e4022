import type { SessionId } from '@ds01/contracts';
import {
  ds01Error,
  webSocketProtocol,
  webSocketTokenPrefix,
  wireHeaders,
} from '@ds01/contracts/core';
import { addressOf } from './address.ts';
import { notUnderstood, parsedOrNull, understood } from './answers.ts';
import type { FetchTarget } from './fetch-transport.ts';
import { loadSchemas } from './load-schemas.ts';
import { lostConnection, lostWorkOf } from './lost-connection.ts';
import type { CallerOptions } from './options.ts';
import {
  connectWebSession,
  outputWindowBytes,
  type ConnectedSession,
  type WebSession,
} from './web-session.ts';
import { encodeRequest } from './wire-request.ts';

/** A session that is wanted. */
export interface WantedSession {
  readonly id: SessionId;
  readonly input: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly signal: AbortSignal | undefined;
}

/**
 * Opens a WebSocket for a session, and resolves once it is open; until then the signal ends it. Fails with
 * the daemon’s error, and with `daemon.unreachable` when no WebSocket comes about: pages aren’t told why.
 */
export async function openWebSession(
  target: FetchTarget & CallerOptions,
  { id, input, dryRun, signal }: WantedSession,
): Promise<WebSession> {
  const { path, body } = encodeRequest(id, input, { dryRun });
  const place = addressOf(target.url).text;
  const schemas = await loadSchemas();
  signal?.throwIfAborted();
  const Socket = target.WebSocket ?? WebSocket;
  const socket = new Socket(addressFor(place, path, target), protocolsFor(target.token));
  socket.binaryType = 'arraybuffer';
  return new Promise<WebSession>((resolve, reject) => {
    // Until it is open, what it ends with is why it didn’t open.
    let connected: ConnectedSession | null = null;
    const early = connectWebSession(socket, { inputWindowBytes: 0, schemas });
    early.session.exited.catch(reject);
    const abort = (): void => {
      // As it was given: no other error is what whoever aborted waits for.
      reject(signal?.reason);
      early.session.close();
    };
    signal?.addEventListener('abort', abort, { once: true });
    const fail = (error: unknown): void => (connected ?? early).lose(asError(error));
    const understand = (text: string): void => {
      const said = parsedOrNull(text);
      if (connected !== null) {
        connected.taken(understood(schemas.sessionTakenSchema.safeParse(said)).taken);
        return;
      }
      const { tty, windowBytes } = understood(schemas.sessionOpenedSchema.safeParse(said));
      signal?.removeEventListener('abort', abort);
      connected = connectWebSession(socket, { inputWindowBytes: windowBytes, schemas });
      connected.session.exited.catch(() => undefined);
      resolve({ ...connected.session, tty });
    };
    socket.onopen = () =>
      socket.send(`{"input":${body ?? '{}'},"windowBytes":${outputWindowBytes}}`);
    socket.onmessage = (event) => {
      const data: unknown = event.data;
      try {
        if (typeof data === 'string') understand(data);
        else if (isBuffer(data)) (connected ?? early).receive(new Uint8Array(data));
        else throw notUnderstood('it is neither text nor bytes');
      } catch (error) {
        fail(error);
      }
    };
    socket.onclose = () => {
      signal?.removeEventListener('abort', abort);
      fail(connected === null ? noWebSocket(place) : lostConnection(lostWorkOf(id)));
    };
  });
}

/** Pages in frames have another `ArrayBuffer`. */
function isBuffer(data: unknown): data is ArrayBuffer {
  return Object.prototype.toString.call(data) === '[object ArrayBuffer]';
}

/** What other requests say in headers stands in the query; the token never does. */
function addressFor(
  place: string,
  path: string,
  { version, actFor = null }: CallerOptions,
): string {
  const query = new URLSearchParams();
  if (version !== undefined) query.set(wireHeaders.clientVersion, version);
  if (actFor !== null) query.set(wireHeaders.actFor, encodeURIComponent(actFor));
  const text = query.toString();
  const joined = path.includes('?') ? '&' : '?';
  return `${place.replace(/^http/, 'ws')}${path}${text === '' ? '' : `${joined}${text}`}`;
}

function protocolsFor(token: string): string[] {
  const encoded = btoa(token).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  return [webSocketProtocol, `${webSocketTokenPrefix}${encoded}`];
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new DOMException('Aborted.', 'AbortError');
}

function noWebSocket(place: string) {
  return ds01Error('daemon.unreachable', {
    message:
      `No WebSocket came about at ${place}: the DS01 daemon does not answer there, refuses this ` +
      'page’s origin, or is behind a proxy that passes none on.',
    hint: `curl ${place}/healthz`,
  });
}
