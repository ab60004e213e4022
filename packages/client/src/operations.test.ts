import { problemOf } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { doors } from './testing/doors.ts';
import {
  cut,
  json,
  problem,
  serverEvent,
  startFakeDaemon,
  written,
  type FakeDaemon,
  type Handler,
} from './testing/fake-daemon.ts';
import { operation } from './testing/operation.ts';

const stream = 'text/event-stream';
const { id } = operation({});
let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await startFakeDaemon();
});
afterEach(() => daemon.stop());

const accepted = json(operation({}), 202, { location: `/api/v1/operations/${id}` });
const line = (number: number) =>
  serverEvent({ line: number, progress: `line ${String(number)}` }, number);
const ended = (number: number, given: Parameters<typeof operation>[0]) =>
  serverEvent({ line: number, operation: operation(given) }, number);
const failure = problemOf(ds01Error('work.interrupted', { message: 'It was interrupted.' }), 'r');

/** What is answered by path: the daemon gets requests in an order that is not the test's. */
function byPath(handlers: Readonly<Record<string, Handler>>): Handler {
  return (request, response) => {
    const found = Object.entries(handlers).find(([end]) => request.url.endsWith(end));
    found?.[1](request, response);
  };
}

describe.each(doors)('through $name', ({ open }) => {
  test('what takes long goes on without its connection, and is waited for', async () => {
    const from = daemon.seen.length;
    const result = { alive: true };
    daemon.answer(
      cut,
      accepted,
      written(stream, [line(1)], (response) => response.destroy()),
      written(stream, [line(2), ended(3, { state: 'succeeded', result })]),
    );
    const client = open(daemon, { trustsOwnVersion: true });
    const lines: string[] = [];
    const options = { onProgress: (text: string) => lines.push(text) };
    expect(await client.call('containers.stop', { name: 'thesis' }, options)).toEqual(result);
    expect(lines).toEqual(['line 1', 'line 2']);
    const [first, second, third, fourth] = daemon.seen.slice(from);
    expect(first?.headers).toMatchObject({ prefer: 'respond-async' });
    expect(second?.headers['idempotency-key']).toBe(first?.headers['idempotency-key']);
    expect(third?.url).toBe(`/api/v1/operations/${id}/follow`);
    expect(fourth?.headers['last-event-id']).toBe('1');
    client.close();
  });

  test('without repetition it is on the connection, as a person at a terminal wants it', async () => {
    const lines = ['{"progress":"one"}\n', '{"result":{"done":1}}\n'];
    daemon.answer(written('application/x-ndjson', lines));
    const client = open(daemon, { retry: false, trustsOwnVersion: true });
    expect(await client.call('containers.stop', { name: 'thesis' })).toEqual({ done: 1 });
    expect(daemon.seen.at(-1)?.headers).toMatchObject({ accept: 'application/x-ndjson' });
    expect(daemon.seen.at(-1)?.headers).not.toHaveProperty('idempotency-key');
    client.close();
  });

  test('an operation is begun, and found again when it was done at once', async () => {
    const client = open(daemon);
    daemon.answer(accepted);
    expect(await client.begin('containers.stop', { name: 'thesis' })).toEqual(operation({}));
    const done = operation({ state: 'succeeded', result: {} });
    daemon.answer(json({}, 200, { location: `/api/v1/operations/${id}` }), json(done));
    expect(await client.begin('notifications.set', {})).toEqual(done);
    daemon.answer(json({}));
    await expect(client.begin('notifications.set', {})).rejects.toMatchObject({
      code: 'internal.unexpected',
    });
    daemon.answer(problem('container.not-found'));
    await expect(client.begin('containers.stop', { name: 'none' })).rejects.toMatchObject({
      code: 'container.not-found',
    });
    client.close();
  });

  test.each([
    ['failed', failure, 'work.interrupted'],
    ['cancelled', null, 'operation.interrupted'],
    ['failed', null, 'work.interrupted'],
  ] as const)('one that %s is its error', async (state, error, code) => {
    daemon.answer(written(stream, [ended(1, { state, error })]));
    const client = open(daemon);
    await expect(client.waitForOperation(id)).rejects.toMatchObject({ code });
    client.close();
  });

  test('an answer that was too long to be kept is told as such, not as a failure', async () => {
    const done = operation({ state: 'succeeded' });
    daemon.answer(accepted, written(stream, [serverEvent({ line: 1, operation: done }, 1)]));
    const client = open(daemon);
    await expect(client.call('containers.stop', { name: 'thesis' })).rejects.toMatchObject({
      code: 'work.ended',
      details: { operation: id },
    });
    client.close();
  });

  test('an aborted signal cancels it, and its end is still waited for', async () => {
    const controller = new AbortController();
    let cancelled: () => void = () => undefined;
    daemon.answer(
      byPath({
        '/follow': (_, response) => {
          response.writeHead(200, { 'content-type': stream });
          response.write(line(1), () => controller.abort());
          cancelled = () => response.end(ended(2, { state: 'cancelled' }));
        },
        '/cancel': (request, response) => {
          json(operation({}))(request, response);
          cancelled();
        },
      }),
    );
    const client = open(daemon);
    await expect(client.waitForOperation(id, { signal: controller.signal })).rejects.toMatchObject({
      code: 'operation.interrupted',
    });
    client.close();
  });

  test('one that begins while its caller aborts is cancelled', async () => {
    const controller = new AbortController();
    const from = daemon.seen.length;
    daemon.answer(
      byPath({
        '/stop': (request, response) => {
          controller.abort();
          accepted(request, response);
        },
        '/cancel': json(operation({ state: 'cancelled' })),
        '/follow': written(stream, [ended(1, { state: 'cancelled' })]),
      }),
    );
    const client = open(daemon);
    const { signal } = controller;
    await expect(
      client.begin('containers.stop', { name: 'thesis' }, { signal }),
    ).rejects.toMatchObject({ code: 'operation.interrupted' });
    expect(daemon.seen.slice(from).some(({ url }) => url.endsWith('/cancel'))).toBe(true);
    client.close();
  });

  test('one that can’t be cancelled is not waited for', async () => {
    daemon.answer(byPath({ '/follow': () => undefined, '/cancel': problem('token.scope') }));
    const client = open(daemon);
    const signal = AbortSignal.abort();
    await expect(client.waitForOperation(id, { signal })).rejects.toMatchObject({
      code: 'token.scope',
    });
    client.close();
  });

  test.each([
    ['bytes', () => new Uint8Array([1, 2, 3]), 2],
    ['a file', () => new Blob([new Uint8Array([1, 2, 3])]), 2],
    ['what comes once', () => once(), 1],
  ] as const)('%s are sent, and again only where they still are', async (_, body, sent) => {
    const from = daemon.seen.length;
    daemon.answer(problem('daemon.busy'), accepted);
    const client = open(daemon);
    const outcome = await client
      .upload('images.upload', { name: 'a b', dockerfile: 'd/Dockerfile' }, body())
      .catch((error: unknown) => error);
    expect(outcome).toMatchObject(sent === 2 ? { id } : { code: 'daemon.busy' });
    const requests = daemon.seen.slice(from);
    expect(requests.map(({ body: bytes }) => bytes)).toEqual(
      Array.from({ length: sent }, () => '\u0001\u0002\u0003'),
    );
    expect(requests[0]).toMatchObject({
      url: '/api/v1/images/a%20b/builds?dockerfile=d%2FDockerfile',
      headers: { 'content-type': 'application/x-tar' },
    });
    client.close();
  });
});

async function* once(): AsyncGenerator<Uint8Array> {
  yield new Uint8Array([1, 2]);
  yield new Uint8Array([3]);
}
