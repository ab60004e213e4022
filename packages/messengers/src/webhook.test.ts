import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createMessengers } from './messengers.ts';

interface Seen {
  readonly path: string;
  readonly method: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

type Answer = (response: ServerResponse, seen: Seen) => void;

/** A server on a free port of this machine. */
async function listen(answer: () => Answer, seen: Seen[]): Promise<Server> {
  const server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      const { url: path = '', method = '', headers } = request;
      const { authorization } = headers;
      const it = { path, method, type: headers['content-type'], authorization, body };
      seen.push(it);
      answer()(response, it);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe('a webhook', () => {
  let server: Server;
  let elsewhere: Server;
  let seen: Seen[] = [];
  let seenElsewhere: Seen[] = [];
  let answer: Answer;
  const body = '{"version":1}';

  beforeEach(async () => {
    seen = [];
    seenElsewhere = [];
    answer = (response) => response.writeHead(204).end();
    server = await listen(() => answer, seen);
    elsewhere = await listen(() => (response) => response.end(), seenElsewhere);
  });
  afterEach(async () => {
    for (const it of [server, elsewhere]) {
      it.closeAllConnections();
      it.close();
      await once(it, 'close');
    }
  });

  const url = (path = '/hook', login = '') => `http://${login}127.0.0.1:${portOf(server)}${path}`;
  const post = (path?: string) => createMessengers().webhook({ url: url(path), body });

  test('gets the JSON', async () => {
    await post();
    const expected = { path: '/hook', method: 'POST', type: 'application/json', body };
    expect(seen).toEqual([{ ...expected, authorization: undefined }]);
  });

  test('gets the password of its address as a header', async () => {
    await createMessengers().webhook({ url: url('/', 'ds01:s%40cret@'), body });
    const login = Buffer.from('ds01:s@cret').toString('base64');
    expect(seen[0]?.authorization).toBe(`Basic ${login}`);
  });

  test.each([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [404, false],
    [410, false],
  ])('that answers %i may be tried again: %s', async (status, retryable) => {
    answer = (response) => response.writeHead(status).end('x');
    await expect(post()).rejects.toMatchObject({ code: 'notify.failed', retryable });
    await expect(post()).rejects.toThrow(`status ${status}`);
  });

  test('is followed on its own host', async () => {
    answer = (response, { path }) =>
      path === '/hook'
        ? response.writeHead(307, { location: '/new' }).end()
        : response.writeHead(200).end();
    await post();
    expect(seen.map((it) => [it.path, it.method, it.body])).toEqual([
      ['/hook', 'POST', body],
      ['/new', 'POST', body],
    ]);
  });

  test('is not followed to another host or port, nor as a GET, nor for ever', async () => {
    const location = `http://127.0.0.1:${portOf(elsewhere)}/`;
    answer = (response) => response.writeHead(307, { location }).end();
    await expect(post()).rejects.toMatchObject({ code: 'notify.failed', retryable: false });
    expect(seenElsewhere).toEqual([]);
    answer = (response) => response.writeHead(302, { location: '/new' }).end();
    await expect(post()).rejects.toMatchObject({ retryable: false });
    answer = (response) => response.writeHead(308, { location: '/hook' }).end();
    await expect(post()).rejects.toThrow('again and again');
  });

  test('with an endless answer is left as soon as its status is known', async () => {
    const { promise: left, resolve } = Promise.withResolvers<void>();
    answer = (response) => {
      response.on('close', resolve);
      response.writeHead(200);
      response.write('x'.repeat(100_000));
    };
    await post();
    await left;
  });

  test('that is silent is given up after the time limit', async () => {
    answer = () => undefined;
    const sending = createMessengers({ timeoutMs: 50 }).webhook({ url: url(), body });
    await expect(sending).rejects.toMatchObject({ code: 'notify.failed', retryable: true });
  });

  test('is never named with its path, which may be a secret', async () => {
    answer = (response) => response.writeHead(404).end();
    await expect(post('/services/T00/SECRET')).rejects.not.toThrow('SECRET');
    const nobody = createMessengers().webhook({ url: 'http://127.0.0.1:1/SECRET', body });
    await expect(nobody).rejects.toMatchObject({ code: 'notify.failed', retryable: true });
    await expect(nobody).rejects.not.toThrow('SECRET');
  });
});
