import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { sessionProtocol } from '@ds01/contracts';
import { afterAll, expect, test } from 'vitest';
import { createConnectionCount } from './connection-count.ts';
import { createDoorServer, type DoorServer, type DoorTarget } from './http-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'ds01-door-'));
afterAll(() => rmSync(folder, { recursive: true }));

const target: DoorTarget = {
  fetch: () => new Response('served'),
  onUpgrade: (_message, socket) => socket.destroy(),
  accept: () => undefined,
  greet: () => undefined,
};

function filesOf(name: string) {
  const [cert, key] = [join(folder, `${name}.pem`), join(folder, `${name}.key`)];
  const words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  const files = ['-subj', `/CN=${name}`, '-keyout', key, '-out', cert, '-noenc', '-days', '1'];
  execFileSync('openssl', [...words, ...files], { stdio: 'pipe' });
  return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
}

async function portOf({ server }: DoorServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

test('new connections get the renewed certificate, and never less than TLS 1.2', async () => {
  const door = createDoorServer(target, { tls: filesOf('first'), mostConnections: 10 });
  const port = await portOf(door);
  const nameAt = async () => {
    const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    const { subject } = socket.getPeerCertificate();
    socket.destroy();
    return subject.CN;
  };
  expect(await nameAt()).toBe('first');
  door.renew(filesOf('second'));
  expect(await nameAt()).toBe('second');
  const old = connectTls({ port, host: '127.0.0.1', maxVersion: 'TLSv1.1', minVersion: 'TLSv1' });
  const [refused] = await once(old, 'error');
  expect(refused).toBeInstanceOf(Error);
  await door.close();
});

test('of one address there are as many connections as allowed; one that closes makes room', async () => {
  const count = createConnectionCount(2);
  const accept: DoorTarget['accept'] = (socket) => count.enter('here', socket);
  const door = createDoorServer({ ...target, accept }, { tls: null, mostConnections: 10 });
  const port = await portOf(door);
  const asked = async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    return { socket, isServed: text.includes('200 OK') };
  };
  const first = await asked();
  const second = await asked();
  const third = await asked();
  expect([first, second, third].map(({ isServed }) => isServed)).toEqual([true, true, false]);
  const [accepted] = door.connections;
  const closed = once(accepted ?? first.socket, 'close');
  first.socket.destroy();
  await closed;
  expect((await asked()).isServed).toBe(true);
  second.socket.destroy();
  await door.close();
});

test('an upgrade to anything but a session is an ordinary request', async () => {
  const door = createDoorServer(target, { tls: null, mostConnections: 10 });
  const port = await portOf(door);
  const answerTo = async (protocol: string): Promise<string> => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => (text += chunk.toString()));
    socket.write(
      `GET / HTTP/1.1\r\nhost: x\r\nupgrade: ${protocol}\r\nconnection: upgrade\r\n\r\n`,
    );
    await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    socket.destroy();
    return text;
  };
  expect(await answerTo('h2c')).toContain('200 OK');
  expect(await answerTo('ds01-session/0')).toContain('200 OK');
  expect(await answerTo(sessionProtocol)).toBe('');
  await door.close();
});

test.each([
  ['no request', 'junk\r\n\r\n', 400, 'request.invalid'],
  ['a header without a name', 'GET / HTTP/1.1\r\nhost\r\n\r\n', 400, 'request.invalid'],
  [
    'headers that are too long',
    `GET / HTTP/1.1\r\nhost: ${'x'.repeat(20_000)}\r\n\r\n`,
    431,
    'request.headers-too-large',
  ],
])('%s is answered with a problem, and the end', async (_, sent, status, code) => {
  const door = createDoorServer(target, { tls: null, mostConnections: 10 });
  const socket = connect(await portOf(door), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.write(sent);
  await once(socket, 'close');
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toContain(`HTTP/1.1 ${String(status)} `);
  const [, requestId] = /x-request-id: ([0-9a-f]{16})/.exec(head) ?? [];
  expect(JSON.parse(body)).toMatchObject({ status, code, requestId });
  await door.close();
});

test('junk behind a request does not get into its answer', async () => {
  const begun = Promise.withResolvers<ReadableStreamDefaultController<Uint8Array>>();
  const fetch = () =>
    new Response(new ReadableStream({ start: (controller) => begun.resolve(controller) }));
  const door = createDoorServer({ ...target, fetch }, { tls: null, mostConnections: 10 });
  const socket = connect(await portOf(door), '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => (text += chunk.toString()));
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  (await begun.promise).enqueue(new TextEncoder().encode('first'));
  await once(socket, 'data');
  socket.write('junk\r\n\r\n');
  await once(socket, 'close');
  expect(text).toContain('200 OK');
  expect(text).not.toContain('problem');
  await door.close();
});

test('whoever still sends a long body can read why it is not wanted', async () => {
  const fetch = () => new Response('too much', { status: 413 });
  const door = createDoorServer({ ...target, fetch }, { tls: null, mostConnections: 10 });
  const socket = connect(await portOf(door), '127.0.0.1');
  socket.on('error', () => undefined);
  const head = 'POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3000000\r\n\r\n';
  socket.write(`${head}${'x'.repeat(100_000)}`);
  const [answer] = await once(socket, 'data');
  expect(String(answer)).toContain('413');
  // It is there while they go on, and gone when they had time to read.
  await new Promise((resolve) => setImmediate(resolve));
  const [accepted] = door.connections;
  expect(accepted?.destroyed).toBe(false);
  await new Promise((resolve) => socket.once('close', resolve));
  await door.close();
});
