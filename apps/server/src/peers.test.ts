import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { containerIdSchema, type ContainerId } from '@ds01/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadNative, type Native, type PeerCredentials } from './native.ts';
import { createPeers } from './peers.ts';

const folder = mkdtempSync(join(tmpdir(), 'ds01-peers-'));
const path = join(folder, 's');
const server = createServer();
const sockets: Socket[] = [];

beforeAll(async () => {
  server.listen(path);
  await once(server, 'listening');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
  rmSync(folder, { recursive: true });
});

async function served(): Promise<Socket> {
  const accepted = once(server, 'connection');
  sockets.push(connect(path));
  const [socket]: Socket[] = await accepted;
  if (socket === undefined) throw new Error('nobody connected');
  sockets.push(socket);
  return socket;
}

const container = containerIdSchema.parse('a'.repeat(64));
const nativeOf = (credentials: PeerCredentials | Error): Native => ({
  peerOf: () => {
    if (credentials instanceof Error) throw credentials;
    return credentials;
  },
  lock: () => true,
});
const homes = (found: ContainerId | null) => ({
  containerOf: () => found,
  describe: () => null,
});
const here = { pid: process.pid, uid: 4242, gid: 4242 };
const denied = expect.objectContaining({ code: 'access.denied' });

test('the kernel’s word counts: a real connection is this process’s own', async () => {
  const socket = await served();
  const peers = createPeers(loadNative(), homes(null));
  peers.greet(socket);
  expect(peers.uidOf(socket)).toBe(process.getuid?.());
});

test('who called is noted once: it does not change with the process that has the socket later', async () => {
  const socket = await served();
  let uid = 1000;
  const peers = createPeers({ peerOf: () => ({ ...here, uid }), lock: () => true }, homes(null));
  peers.greet(socket);
  uid = 0;
  expect(peers.uidOf(socket)).toBe(1000);
});

test.each([
  ['a process in a container', nativeOf(here), homes(container)],
  ['a process that is gone', nativeOf({ ...here, pid: 2 ** 30 }), homes(null)],
  ['a process of another pid namespace', nativeOf({ ...here, pid: 0 }), homes(null)],
  ['a peer that the kernel does not name', nativeOf(new Error('errno 9')), homes(null)],
  [
    'a process whose place can not be read',
    nativeOf(here),
    {
      containerOf: () => {
        throw new Error('EIO');
      },
      describe: () => null,
    },
  ],
])('%s is refused', async (_, native, processes) => {
  const socket = await served();
  const peers = createPeers(native, processes);
  peers.greet(socket);
  expect(() => peers.uidOf(socket)).toThrow(denied);
});

test('a connection that was never greeted, and one that is closed, are refused', async () => {
  const peers = createPeers(nativeOf(here), homes(null));
  expect(() => peers.uidOf(new Socket())).toThrow(denied);
  const closed = new Socket();
  peers.greet(closed);
  expect(() => peers.uidOf(closed)).toThrow(denied);
});
