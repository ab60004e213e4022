import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { problemOf, wireHeaders, type ErrorCode } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';

/** A request as it came in, its body read. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Answers one request. */
export type Handler = (request: SeenRequest, response: ServerResponse) => void;

/** A server that answers what it is told to, at a port and at a socket. */
export interface FakeDaemon {
  readonly url: string;
  readonly socketPath: string;
  /** Everything that came in, in order. */
  readonly seen: readonly SeenRequest[];
  /** Answers of the next requests, one each; behind the last of them it goes on with that. */
  answer(...handlers: readonly Handler[]): void;
  /** Cuts every connection and refuses new ones. */
  goAway(): Promise<void>;
  /** Listens again, at the same places. */
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

/** Version that a fake daemon says it is of. */
const fakeVersion = '1.2.3';

/** Starts one that answers 404 to everything. */
export async function startFakeDaemon(): Promise<FakeDaemon> {
  const folder = mkdtempSync(join(tmpdir(), 'ds01-client-'));
  const socketPath = join(folder, 's');
  const seen: SeenRequest[] = [];
  let handlers: Handler[] = [];
  const listener = (message: IncomingMessage, response: ServerResponse): void => {
    text(message).then(
      (body) => {
        const { method = '', url = '', headers } = message;
        const request = { method, url, headers, body };
        seen.push(request);
        const handler = handlers.length > 1 ? handlers.shift() : handlers[0];
        if (handler === undefined) response.writeHead(404).end();
        else handler(request, response);
      },
      () => undefined,
    );
  };
  let servers: readonly Server[] = [];
  let port = 0;
  const comeBack = async (): Promise<void> => {
    const [atPort, atSocket] = [createServer(listener), createServer(listener)];
    servers = [atPort, atSocket];
    atPort.listen(port, '127.0.0.1');
    atSocket.listen(socketPath);
    await Promise.all(servers.map((server) => once(server, 'listening')));
    port = (atPort.address() as AddressInfo).port;
  };
  const goAway = async (): Promise<void> => {
    for (const server of servers) server.closeAllConnections();
    await Promise.all(servers.map((server) => new Promise((done) => server.close(done))));
    servers = [];
  };
  await comeBack();
  return {
    url: `http://127.0.0.1:${String(port)}`,
    socketPath,
    seen,
    answer: (...given) => {
      handlers = [...given];
    },
    goAway,
    comeBack,
    stop: async () => {
      await goAway();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const headers = { [wireHeaders.serverVersion]: fakeVersion };

/** Answers with a document. */
export function json(document: unknown, status = 200, more: object = {}): Handler {
  return (_, response) => {
    const type = status < 400 ? 'application/json' : 'application/problem+json';
    response.writeHead(status, { ...headers, 'content-type': type, ...more });
    response.end(JSON.stringify(document));
  };
}

/** Answers with an error. */
export function problem(code: ErrorCode, more: object = {}): Handler {
  const wire = problemOf(ds01Error(code, { message: `This is ${code}.` }), 'r1');
  return json(wire, wire.status, more);
}

/** Answers with text of a type, then ends as `end` says. */
export function written(
  type: string,
  parts: readonly (string | Uint8Array)[],
  end: (response: ServerResponse) => void = (response) => response.end(),
): Handler {
  return (_, response) => {
    response.writeHead(200, { ...headers, 'content-type': type });
    response.write(Buffer.concat(parts.map((part) => Buffer.from(part))), () => end(response));
  };
}

/** Breaks the connection without an answer. */
export const cut: Handler = (_, response) => {
  response.destroy();
};

/** Breaks the connection within a document. */
export const cutWithin: Handler = (_, response) => {
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/json',
    'content-length': '99',
  });
  response.write('{"user":', () => response.destroy());
};

/** An event of a stream, as a daemon writes it. */
export function serverEvent(data: unknown, id: number | null = null, type = ''): string {
  return (
    (type === '' ? '' : `event: ${type}\n`) +
    (id === null ? '' : `id: ${String(id)}\n`) +
    `data: ${JSON.stringify(data)}\n\n`
  );
}
