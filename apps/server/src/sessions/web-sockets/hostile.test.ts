import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { frameKinds } from '@ds01/contracts';
import { webSocketProtocol } from '@ds01/contracts/core';
import { expect, test } from 'vitest';
import { secretOf } from '../../testing/session-server.ts';
import { useSessionServers } from '../../testing/use-session-servers.ts';
import {
  dial,
  execPath,
  openShell,
  shellOpening,
  stdinFrame,
  tokenProtocol,
} from '../../testing/web-socket-client.ts';

const start = useSessionServers();
const token = secretOf('write');
const isText = 0x81;
const isBinary = 0x82;
const tooBig = 1009;
const policyViolation = 1008;

/** What is sent by hand: a handshake, and then whatever is wanted. */
function handshake(more: Readonly<Record<string, string>> = {}): string {
  const headers = {
    host: 'x',
    connection: 'upgrade',
    upgrade: 'WebSocket',
    'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'sec-websocket-version': '13',
    'sec-websocket-protocol': `${webSocketProtocol}, ${tokenProtocol(token)}`,
    ...more,
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${execPath} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** A short message, masked with zeros. */
function masked(kind: number, text: string): Uint8Array {
  const bytes = Buffer.from(text);
  const length = Buffer.from([kind, 0x80 | 126, 0, 0]);
  length.writeUInt16BE(bytes.length, 2);
  return Buffer.concat([length, Buffer.alloc(4), bytes]);
}

async function headOf(socket: Socket): Promise<string> {
  const [first]: unknown[] = await once(socket, 'data');
  return String(first);
}

test.each([
  ['no key', { 'sec-websocket-key': '' }],
  ['a key that is none', { 'sec-websocket-key': 'x'.repeat(30) }],
  ['a version of before', { 'sec-websocket-version': '8' }],
  [
    'a subprotocol twice',
    { 'sec-websocket-protocol': `${webSocketProtocol},${webSocketProtocol}` },
  ],
  ['a subprotocol that is none', { 'sec-websocket-protocol': `${webSocketProtocol}, a b` }],
  ['a body in chunks', { 'transfer-encoding': 'chunked' }],
])('a handshake with %s is no handshake', async (_, headers) => {
  const server = await start();
  const socket = server.connect();
  socket.write(handshake(headers));
  expect(await headOf(socket)).toMatch(/^HTTP\/1\.1 400 /);
  socket.destroy();
});

test('the answer names our subprotocol, never the token, and no compression', async () => {
  const server = await start();
  const socket = server.connect();
  socket.write(handshake({ 'sec-websocket-extensions': 'permessage-deflate' }));
  const head = await headOf(socket);
  expect(head).toMatch(/^HTTP\/1\.1 101 /);
  expect(head.toLowerCase()).toContain(`sec-websocket-protocol: ${webSocketProtocol}\r\n`);
  expect(head).not.toContain('bearer');
  expect(head.toLowerCase()).not.toContain('extensions');
  socket.destroy();
});

test('a message that is too long ends the connection before it is taken in', async () => {
  const { client, inside } = await openShell(await start());
  client.socket.send(Buffer.alloc(262_145));
  expect(await client.closed).toBe(tooBig);
  await inside.closed;
  expect(inside.stdin.readableLength).toBe(0);
});

test('a message in thousands of pieces ends the connection', async () => {
  const { client, inside } = await openShell(await start());
  for (let count = 0; count < 2000; count += 1) {
    client.socket.send(Buffer.alloc(1), { fin: false });
  }
  expect(await client.closed).toBe(policyViolation);
  await inside.closed;
});

test.each([
  ['no JSON', 'hello'],
  ['something else', '{"command":"sh"}'],
  ['a window of nothing', '{"input":{},"windowBytes":0}'],
  ['a window without an end', '{"input":{},"windowBytes":1e15}'],
  ['input that is none', '{"input":{"command":[]}}'],
  ['bytes', stdinFrame('id')],
])('a first message that is %s opens nothing', async (_, first) => {
  const server = await start();
  const client = dial(server, { token });
  await client.opened;
  client.socket.send(first);
  expect(await client.failure()).toBe('request.invalid');
  expect(server.opened).toEqual([]);
});

test.each([
  ['is no text that is known', '{"taken":"all"}'],
  ['takes what was never sent', '{"taken":1000000}'],
])('a later text that %s ends the connection', async (_, text) => {
  const { client, inside } = await openShell(await start(), {
    ...shellOpening,
    windowBytes: 65_536,
  });
  client.socket.send(text);
  expect(await client.closed).toBe(1003);
  await inside.closed;
});

test('bytes that are no frames end the connection', async () => {
  const { client, inside } = await openShell(await start());
  client.socket.send(Buffer.from('\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff'));
  expect(await client.closed).toBe(1006);
  await inside.closed;
});

test('frames without a mask, and texts that are no UTF-8, end the connection', async () => {
  for (const bytes of [Buffer.from([isText, 1, 65]), masked(isText, '\u00e9').fill(255, 8)]) {
    const server = await start();
    const socket = server.connect();
    socket.write(handshake());
    await headOf(socket);
    socket.write(bytes);
    socket.resume();
    await once(socket, 'close');
    expect(server.opened).toEqual([]);
  }
});

test('who closes their half is gone', async () => {
  const server = await start();
  const socket = server.connect();
  const next = server.next();
  socket.write(handshake());
  await headOf(socket);
  socket.write(masked(isText, JSON.stringify(shellOpening)));
  const { inside } = await next;
  socket.write(masked(isBinary, Buffer.from(stdinFrame('exit\n')).toString()));
  socket.resume();
  socket.end();
  await inside.closed;
  await server.idle();
});

test('of somebody unknown nothing is looked at, however much they send', async () => {
  const server = await start();
  const socket = server.connect();
  socket.write(handshake({ 'sec-websocket-protocol': webSocketProtocol }));
  socket.on('error', () => undefined);
  const closed = once(socket, 'close');
  const message = masked(isText, JSON.stringify(shellOpening));
  for (let count = 0; count < 1000; count += 1) socket.write(message);
  socket.resume();
  await closed;
  expect(server.opened).toEqual([]);
});

test('who takes nothing gets no more than the window, and everything once it is taken', async () => {
  const windowBytes = 65_536;
  const server = await start();
  const { client, inside } = await openShell(server, { ...shellOpening, windowBytes });
  const chunk = Buffer.alloc(65_536);
  const total = 100 * chunk.length;
  void (async () => {
    for (let sent = 0; sent < total; sent += chunk.length) {
      // As from a pipe: a chunk a turn.
      await setImmediate();
      if (!inside.stdout.write(chunk)) await once(inside.stdout, 'drain');
    }
    inside.end(0);
  })();
  await client.until(() => client.received() >= windowBytes);
  // There and back: whatever was on its way is here.
  const back = once(client.socket, 'pong');
  client.socket.ping();
  await back;
  expect(client.received()).toBeLessThan(1_000_000);
  const take = (): void => client.say({ taken: client.received() });
  client.socket.on('message', take);
  take();
  expect(await client.closed).toBe(1000);
  const printed = client.frames.filter(({ kind }) => kind === frameKinds.stdout);
  expect(printed.reduce((sum, { text }) => sum + text.length, 0)).toBe(total);
});

test('who sends more than the window that they asked for is cut off', async () => {
  const { client, inside } = await openShell(await start(), {
    ...shellOpening,
    windowBytes: 65_536,
  });
  for (let count = 0; count < 40; count += 1) client.socket.send(stdinFrame('x'.repeat(60_000)));
  expect(await client.closed).toBe(1003);
  await inside.closed;
});
