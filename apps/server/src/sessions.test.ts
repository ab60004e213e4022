import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { IncomingMessage } from 'node:http';
import { sessionProtocol } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { createLiveSessions } from './connect-session.ts';
import { createBodyRooms } from './doors/body-room.ts';
import { tooMany } from './doors/floods.ts';
import { createRequests } from './requests.ts';
import { createSessionHandler } from './sessions.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** The answer to an upgrade, where the second request of anybody is one too many. */
async function answersTo(
  requests: readonly { readonly url: string; readonly chunked?: boolean }[],
) {
  let count = 0;
  const nothing = async () => Promise.reject(new Error('nothing is begun'));
  const handle = createSessionHandler({
    version: '0.0.0',
    operations: { admit: nothing as never, call: nothing, session: nothing, stream: nothing },
    requests: createRequests(),
    live: createLiveSessions(),
    accepting: () => true,
    log,
    identify: async () => {
      count += 1;
      if (count > 1) throw tooMany(3);
      return { person: null, uid: null, token: null, address: null, leave: silent };
    },
    bodies: createBodyRooms(),
    onUndone: silent,
    audit: { begin: () => silent },
    network: { of: () => null },
    origins: () => [],
  });
  const server = createServer((socket) => {
    const message = new IncomingMessage(socket);
    const { url, chunked = false } = requests[count] ?? { url: '' };
    message.method = 'POST';
    message.url = url;
    message.headers = {
      upgrade: sessionProtocol,
      ...(chunked ? { 'transfer-encoding': 'chunked' } : {}),
    };
    handle(message, socket, Buffer.alloc(0));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const statuses: string[] = [];
  for (const _ of requests) {
    const socket = connect(port, '127.0.0.1');
    const [first]: unknown[] = await once(socket, 'data');
    statuses.push(String(first).slice(9, 12));
    socket.destroy();
  }
  server.close();
  return statuses;
}

const exec = '/api/v1/containers/thesis/exec';

test.each([
  ['a path that is no session', { url: '/api/v1/containers' }, '404'],
  ['a session that would be a dry run', { url: `${exec}?dryRun=true` }, '400'],
  ['a body in chunks', { url: exec, chunked: true }, '400'],
])('an upgrade for %s counts as a request', async (_what, request, status) => {
  expect(await answersTo([request, request])).toEqual([status, '429']);
});
