import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { keepAsking } from './heartbeat.ts';

const servers: WebSocketServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function asked(
  client: { readonly autoPong: boolean },
  onConnection: (socket: WebSocket) => void = () => undefined,
) {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  servers.push(server);
  server.on('connection', (socket) => {
    keepAsking(socket, 10);
    onConnection(socket);
  });
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return new WebSocket(`ws://127.0.0.1:${port}`, client);
}

test('who doesn’t answer is gone', async () => {
  const socket = await asked({ autoPong: false });
  const [code]: unknown[] = await once(socket, 'close');
  expect(code).toBe(1006);
});

test('who answers, and says nothing else, stays', async () => {
  const socket = await asked({ autoPong: true });
  for (let count = 0; count < 5; count += 1) await once(socket, 'ping');
  expect(socket.readyState).toBe(socket.OPEN);
  socket.close();
  await once(socket, 'close');
});

test('who left is noticed also while nothing is read from them', async () => {
  const closed = Promise.withResolvers<void>();
  const socket = await asked({ autoPong: true }, (served) => {
    served.pause();
    served.on('error', () => undefined);
    served.once('close', () => closed.resolve());
  });
  await once(socket, 'ping');
  socket.terminate();
  await closed.promise;
});
