import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  ds01Error,
  frameHeader,
  frameKinds,
  jsonFrame,
  problemOf,
  progressMediaType,
  wireHeaders,
} from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createClient, type Client } from './client.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const folder = mkdtempSync(join(tmpdir(), 'ds01-client-'));
const socketPath = join(folder, 's');
const me = {
  user: 'alice',
  slug: 'alice',
  uid: 1,
  group: 'student',
  role: 'user',
  gid: 1,
  groupIds: [1],
  home: '/home/alice',
  workspaces: '/home/alice/workspace',
  maxContextBytes: 2 ** 31,
};
const requestId = '0123456789abcdef';
const frames = 'application/vnd.ds01.frames';
let handle: Handler = (_, response) => response.end();
let seen: IncomingMessage[] = [];
let client: Client;
let told: string[] = [];
const server = createServer((request, response) => {
  seen.push(request);
  handle(request, response);
});

beforeEach(async () => {
  seen = [];
  told = [];
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const onVersion = (version: string) => told.push(version);
  client = createClient({ socketPath, version: '1.2.3', actFor: 'bob@ä', onVersion });
});
afterEach(async () => {
  client.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  rmSync(socketPath, { force: true });
});

const json: (document: unknown, status?: number) => Handler = (document, status = 200) => {
  return (_, response) => {
    const headers = { 'content-type': 'application/json', [wireHeaders.serverVersion]: '1.9.0' };
    response.writeHead(status, headers).end(JSON.stringify(document));
  };
};
const unreachable = expect.objectContaining({ code: 'daemon.unreachable' });

test('a call says who calls and for whom, and gives back the document', async () => {
  handle = json(me);
  expect(await client.call('users.me', {})).toEqual(me);
  expect(seen[0]).toMatchObject({ method: 'GET', url: '/api/v1/users/me' });
  expect(seen[0]?.headers).toMatchObject({
    [wireHeaders.clientVersion]: '1.2.3',
    [wireHeaders.actFor]: 'bob%40%C3%A4',
  });
});

test('a daemon of another version is mentioned once', async () => {
  handle = json(me);
  await client.call('users.me', {});
  await client.call('users.me', {});
  expect(told).toEqual(['1.9.0']);
});

test('a problem is the error that it stands for', async () => {
  const error = ds01Error('quota.gpu-exceeded', {
    message: 'Too much.',
    hint: 'ds01 limits show',
    details: { max: 1 },
  });
  const problem = problemOf(error, requestId);
  handle = json(problem, problem.status);
  await expect(client.call('users.me', {})).rejects.toMatchObject({
    code: 'quota.gpu-exceeded',
    message: 'Too much.',
    hint: 'ds01 limits show',
    details: { max: 1 },
  });
});

test.each([
  ['an error without an explanation', 500, '<html>'],
  ['an error that is no problem', 404, '{"code":1}'],
  ['an endless error', 500, 'x'.repeat(3_000_000)],
])('%s is internal', async (_, status, body) => {
  handle = (_request, response) => response.writeHead(status).end(body);
  await expect(client.call('users.me', {})).rejects.toMatchObject({ code: 'internal.unexpected' });
});

test('an answer of another shape is no answer', async () => {
  handle = json({ ...me, role: 'emperor' });
  await expect(client.call('users.me', {})).rejects.toThrow(/role/);
});

function progress(lines: readonly object[], end: (response: ServerResponse) => void): Handler {
  return (_, response) => {
    response.writeHead(200, {
      'content-type': progressMediaType,
      [wireHeaders.requestId]: requestId,
    });
    const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('');
    response.write(text, () => end(response));
  };
}

const stop = { name: 'thesis' };

test('lines of progress come before the result, whose error is thrown', async () => {
  const lines: string[] = [];
  const problem = problemOf(ds01Error('container.paused', { message: 'It is paused.' }), requestId);
  const answer = [{ progress: 'one' }, { progress: 'two' }, { error: problem }];
  handle = progress(answer, (response) => response.end());
  const options = { onProgress: (line: string) => lines.push(line) };
  await expect(client.call('containers.stop', stop, options)).rejects.toMatchObject({
    code: 'container.paused',
  });
  expect(lines).toEqual(['one', 'two']);
});

test.each([
  ['is cut off', (response: ServerResponse) => response.destroy()],
  ['ends before its result', (response: ServerResponse) => response.end()],
  ['ends within a line', (response: ServerResponse) => response.end('{"resu')],
])('an answer that %s is a daemon that went away', async (_, end) => {
  handle = progress([{ progress: 'one' }], end);
  await expect(client.call('containers.stop', stop)).rejects.toEqual(unreachable);
});

test.each([
  ['without an answer', (_: IncomingMessage, response: ServerResponse) => response.destroy()],
  [
    'in the middle of a document',
    (_: IncomingMessage, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{"user":', () => response.destroy());
    },
  ],
])('a connection that breaks %s is unreachable', async (_, broken) => {
  handle = broken;
  await expect(client.call('users.me', {})).rejects.toEqual(unreachable);
});

test('no socket, and a socket without a daemon, are unreachable', async () => {
  const nowhere = createClient({ socketPath: join(folder, 'none'), version: '1.2.3' });
  await expect(nowhere.call('users.me', {})).rejects.toEqual(unreachable);
  await expect(
    nowhere.session('containers.attach', { ...stop, stdin: false, size: null }),
  ).rejects.toEqual(unreachable);
  await expect(nowhere.stream('containers.logs', stop)).rejects.toEqual(unreachable);
});

test('an aborted call asks the daemon to undo it, and waits for what it says', async () => {
  const controller = new AbortController();
  const problem = problemOf(ds01Error('operation.interrupted', { message: 'Undone.' }), requestId);
  let undone: () => void = () => undefined;
  handle = (request, response) => {
    if (request.url?.endsWith('/cancel') === true) {
      json({ cancelled: true })(request, response);
      undone();
      return;
    }
    undone = () => response.end(`${JSON.stringify({ error: problem })}\n`);
    progress([{ progress: 'one' }], () => controller.abort())(request, response);
  };
  const { signal } = controller;
  await expect(client.call('containers.stop', stop, { signal })).rejects.toMatchObject({
    code: 'operation.interrupted',
  });
  expect(seen.map(({ url }) => url)).toEqual([
    '/api/v1/containers/thesis/stop',
    `/api/v1/requests/${requestId}/cancel`,
  ]);
});

test('a call that was aborted before it began is not sent', async () => {
  const signal = AbortSignal.abort();
  await expect(client.call('containers.stop', stop, { signal })).rejects.toThrow(/abort/);
  expect(seen).toEqual([]);
});

test('a dry run is asked for in the query', async () => {
  handle = json(me);
  await client.call('users.me', {}, { dryRun: true });
  expect(seen[0]?.url).toBe('/api/v1/users/me?dryRun=true');
});

async function textOf(
  output: AsyncIterable<{ readonly stream: string; readonly bytes: Uint8Array }>,
) {
  let text = '';
  for await (const { stream, bytes } of output) {
    text += `${stream}:${Buffer.from(bytes).toString()} `;
  }
  return text;
}

test('a stream gives its chunks and ends with its exit frame, or with the daemon’s error', async () => {
  const chunk = (kind: 1 | 2, text: string) =>
    Buffer.concat([frameHeader(kind, text.length), Buffer.from(text)]);
  const output = Buffer.concat([chunk(1, 'out'), chunk(2, 'err')]);
  const endings = {
    exit: jsonFrame(frameKinds.exit, { exitCode: null }),
    error: jsonFrame(
      frameKinds.error,
      problemOf(ds01Error('engine.unreachable', { message: 'x' })),
    ),
    none: new Uint8Array(0),
  };
  const send =
    (ending: Uint8Array): Handler =>
    (_, response) => {
      response.writeHead(200, { 'content-type': frames }).end(Buffer.concat([output, ending]));
    };
  handle = send(endings.exit);
  expect(await textOf(await client.stream('containers.logs', stop))).toBe('stdout:out stderr:err ');
  handle = send(endings.error);
  await expect(textOf(await client.stream('containers.logs', stop))).rejects.toMatchObject({
    code: 'engine.unreachable',
  });
  handle = send(endings.none);
  await expect(textOf(await client.stream('containers.logs', stop))).rejects.toEqual(unreachable);
});

test('a refused session is the daemon’s error', async () => {
  const problem = problemOf(ds01Error('container.not-running', { message: 'No.' }), requestId);
  handle = json(problem, problem.status);
  const attach = { ...stop, stdin: false, size: null };
  await expect(client.session('containers.attach', attach)).rejects.toMatchObject({
    code: 'container.not-running',
  });
});
