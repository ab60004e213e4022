import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { sessionProtocol } from '@ds01/contracts';
import { getRequestListener } from '@hono/node-server';
import { asksForWebSocket } from '../sessions/match-session.ts';
import { createRefuseUnreadable } from './refuse-unreadable.ts';
import type { TlsFiles } from './tls-files.ts';

/** A server and the connections that it has accepted. */
export interface DoorServer {
  readonly server: Server;
  readonly connections: ReadonlySet<Socket>;
  /** Gives new connections another certificate; does nothing where none is encrypted. */
  renew(files: TlsFiles): void;
  /** Accepts nothing more; ends connections, those that don't end in time by force. */
  close(): Promise<void>;
}

/** What a door leads to. */
export interface DoorTarget {
  readonly fetch: Parameters<typeof getRequestListener>[0];
  readonly onUpgrade: (message: IncomingMessage, socket: Duplex, head: Buffer) => void;
  /** Told of each connection when it is accepted; of one that is encrypted, of what carries it. */
  readonly accept: (socket: Socket) => void;
  /** Told of each connection before its first request. */
  readonly greet: (socket: Socket) => void;
}

/** How a door is kept. */
export interface DoorOptions {
  /** Certificate and key in PEM; `null` without encryption. */
  readonly tls: TlsFiles | null;
  /** Connections that may be open at once; `null` is any number. */
  readonly mostConnections: number | null;
}

/** How long the last bytes of answers may take. */
const lastBytesMs = 1000;
/**
 * Bounds of every connection: what is slower or longer is answered with 408 or 431, and closed. Whoever
 * reads a body bounds how long that may take; an archive may take long.
 */
const bounds: ServerOptions = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 6 * 3_600_000,
  connectionsCheckingInterval: 2000,
  keepAliveTimeout: 10_000,
  // Finds out when the other side is gone without having said so.
  keepAlive: true,
  keepAliveInitialDelay: 30_000,
  noDelay: true,
  // Any other is offered, not demanded (RFC 9110, 7.8): who offers HTTP/2 is answered all the same.
  shouldUpgradeCallback: (message) =>
    message.headers.upgrade === sessionProtocol || asksForWebSocket(message),
};
const tlsBounds = { minVersion: 'TLSv1.2', handshakeTimeout: 10_000 } as const;
const mostHeaders = 100;
/** Connections that the kernel keeps until they are accepted: a burst is served, not refused. */
export const backlog = 4096;

/** A server that doesn't listen yet. Requests are read strictly, within {@link bounds}. */
export function createDoorServer(target: DoorTarget, options: DoorOptions): DoorServer {
  const { tls } = options;
  const listener = getRequestListener(target.fetch, { autoCleanupIncoming: false });
  const refuse = createRefuseUnreadable();
  const answers = new WeakMap<Duplex, ServerResponse>();
  const handle = (message: IncomingMessage, response: ServerResponse): void => {
    answers.set(message.socket, response);
    // Before Node's own, which hangs up at once on who wants no other answer.
    if (mayHaveBody(message)) {
      response.prependOnceListener('finish', () => hangUpOnLongBody(message));
    }
    void listener(message, response);
  };
  const encrypted =
    tls === null ? null : createTlsServer({ ...bounds, ...tlsBounds, ...tls }, handle);
  const server = encrypted ?? createServer(bounds, handle);
  if (options.mostConnections !== null) server.maxConnections = options.mostConnections;
  server.maxHeadersCount = mostHeaders;
  const connections = new Set<Socket>();
  // Counted before the handshake, which is what costs.
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
    target.accept(socket);
  });
  server.on(tls === null ? 'connection' : 'secureConnection', target.greet);
  server.on('upgrade', target.onUpgrade);
  server.on('clientError', (error, socket) => {
    const answer = answers.get(socket);
    refuse(error, socket, answer?.headersSent === true && !answer.writableFinished);
  });
  return {
    server,
    connections,
    renew: (files) => encrypted?.setSecureContext({ ...tlsBounds, ...files }),
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      for (const socket of connections) socket.destroySoon();
      const stuck = setTimeout(() => {
        for (const socket of connections) socket.destroy();
      }, lastBytesMs);
      await closed;
      clearTimeout(stuck);
    },
  };
}

/** Rests of bodies up to this size are read and thrown away, so that the connection can go on. */
const shortRestBytes = 1_048_576;
/** How long who is still sending has to read the answer. */
const readAnswerMs = 500;

/** Without either header there is none (RFC 9112, 6.3). */
function mayHaveBody({ headers }: IncomingMessage): boolean {
  return headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;
}

/**
 * An answer may be given before the whole body came, of somebody unknown for one. What still comes is
 * not read: a gigabyte of it would fill the memory faster than it is given back.
 */
function hangUpOnLongBody(message: IncomingMessage): void {
  if (message.complete || message.socket.destroyed) return;
  const announced = Number(message.headers['content-length'] ?? Number.POSITIVE_INFINITY);
  if (announced <= shortRestBytes) return;
  stopReading(message.socket);
  // Who writes to what is closed gets an error before the answer.
  message.socket.destroySoon = () => undefined;
  // Once more, for what was asked to be read just now.
  setImmediate(() => stopReading(message.socket));
  setTimeout(() => message.socket.destroy(), readAnswerMs).unref();
}

/** `pause` does nothing where the parser takes bytes from the handle itself, which it always tries to. */
function stopReading(socket: Socket): void {
  const handle: unknown = Reflect.get(socket, '_handle');
  if (typeof handle !== 'object' || handle === null) return;
  const stop: unknown = Reflect.get(handle, 'readStop');
  if (typeof stop === 'function') stop.call(handle);
}
