import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { IncomingMessage } from 'node:http';
import { sessionProtocol } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { createLiveSessions } from './connect-session.ts';
import { createBodyRooms } from '../doors/body-room.ts';
import { tooMany } from '../doors/floods.ts';
import { createRequests } from '../requests.ts';
import { createSessionHandler } from './sessions.ts';

const silent = () => undefined;
const log = { debug: silent, info: silent, warn: silent, error: silent };

/** The answers to upgrades, where the second request of anybody is one too many. */
async function answersTo(
  requests: readonly { readonly url: string; readonly chunked?: boolean }[],
  tokenExpires?: string,
) {
  let count = 0;
  const nothing = async () => Promise.reject(new Error('nothing is begun'));
  const handle = createSessionHandler({
    version: '0.0.0',
    operations: {
      admit: nothing as never,
      call: nothing,
      callAtOnce: nothing as never,
      session: nothing,
      stream: nothing,
    },
    requests: createRequests(),
    live: createLiveSessions(),
    accepting: () => true,
    log,
    identify: async () => {
      count += 1;
      if (count > 1) throw tooMany(3);
      const soon = tokenExpires === undefined ? {} : { tokenExpires };
      return { person: null, uid: null, token: null, ...soon, address: null, leave: silent };
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
  const answers: string[] = [];
  for (const _ of requests) {
    const socket = connect(port, '127.0.0.1');
    const [first]: unknown[] = await once(socket, 'data');
    answers.push(String(first));
    socket.destroy();
  }
  server.close();
  return answers;
}

const exec = '/api/v1/containers/thesis/exec';

test.each([
  ['a path that is no session', { url: '/api/v1/containers' }, '404'],
  ['a session that would be a dry run', { url: `${exec}?dryRun=true` }, '400'],
  ['a body in chunks', { url: exec, chunked: true }, '400'],
])('an upgrade for %s counts as a request', async (_what, request, status) => {
  const answers = await answersTo([request, request]);
  expect(answers.map((answer) => answer.slice(9, 12))).toEqual([status, '429']);
});

test('who asks for a session with a token that ends soon is told, too', async () => {
  const soon = '2026-11-29T12:00:00.000Z';
  const [answer] = await answersTo([{ url: exec }], soon);
  expect(answer).toContain(`\r\nds01-token-expires: ${soon}\r\n`);
});
