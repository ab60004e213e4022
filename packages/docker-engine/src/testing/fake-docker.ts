import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

/** Answers one request; the path has no version and no query. */
export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** An HTTP server that looks like an engine. */
export interface FakeDocker {
  readonly socketPath: string;
  /** `METHOD path` of each request. */
  readonly requests: readonly string[];
  /** Raw request targets, version and query included. */
  readonly targets: readonly string[];
  /** Sets the answer to `METHOD path`. */
  on(request: string, answer: Answer): void;
  /** Sets what happens to a connection that is taken over. */
  onUpgrade(request: string, handler: (socket: Duplex) => void): void;
  /** Drops all connections at once. */
  dropConnections(): void;
  close(): Promise<void>;
}

/** Answers with JSON. */
export function json(body: unknown, status = 200): Answer {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  };
}

/** The engine's way to refuse. */
export function refuse(status: number, message: string): Answer {
  return json({ message }, status);
}

/** Starts a fake engine on a socket of its own. */
export async function startFakeDocker(): Promise<FakeDocker> {
  const folder = await mkdtemp(join(tmpdir(), 'ds01-fake-docker-'));
  const socketPath = join(folder, 'docker.sock');
  const answers = new Map<string, Answer>([
    ['GET /version', json({ Version: '20.10.24', ApiVersion: '1.41', MinAPIVersion: '1.12' })],
  ]);
  const upgrades = new Map<string, (socket: Duplex) => void>();
  const requests: string[] = [];
  const targets: string[] = [];
  const connections = new Set<Socket>();

  const note = (request: IncomingMessage): string => {
    const target = request.url ?? '';
    const path = target.replace(/^\/v[\d.]+(?=\/)/, '').split('?')[0] ?? '';
    const name = `${request.method ?? ''} ${path}`;
    requests.push(name);
    targets.push(target);
    return name;
  };
  const server = createServer((request, response) => {
    const answer = answers.get(note(request)) ?? refuse(404, 'page not found');
    request.resume();
    answer(response, request);
  });
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => {
    const handler = upgrades.get(note(request));
    socket.on('error', () => socket.destroy());
    if (handler === undefined) {
      socket.end(
        'HTTP/1.1 409 Conflict\r\nContent-Length: 36\r\n\r\n{"message":"container not running."}',
      );
      return;
    }
    socket.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
    handler(socket);
  });
  server.on('connection', (socket: Socket) => {
    connections.add(socket);
    socket.once('close', () => connections.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const dropConnections = (): void => {
    for (const socket of connections) socket.destroy();
  };

  return {
    socketPath,
    requests,
    targets,
    on: (request, answer) => void answers.set(request, answer),
    onUpgrade: (request, handler) => void upgrades.set(request, handler),
    dropConnections,
    async close() {
      dropConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
