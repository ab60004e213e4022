import { ds01Error, problemOf } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createDaemonClient } from './create-daemon-client.ts';
import { createNodeTransport } from './node-transport.ts';
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
let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await startFakeDaemon();
});
afterEach(() => daemon.stop());

/** An event of the log. */
const event = (id: number) => ({
  id,
  at: '2026-01-01T00:00:00.000Z',
  type: 'container.started',
  user: 'alice',
  container: 'thesis',
  containerId: null,
  details: {},
  message: 'It was started.',
});
const sent = (id: number) => serverEvent(event(id), id);
const list = (id: number | null): Handler =>
  json({ events: id === null ? [] : [event(id)], olderThan: null, nextCursor: null });

async function idsOf(
  events: AsyncGenerator<{ readonly id: number }>,
  last: number,
): Promise<readonly number[]> {
  const ids: number[] = [];
  for await (const { id } of events) {
    ids.push(id);
    if (id === last) break;
  }
  return ids;
}

describe.each(doors)('through $name', ({ open }) => {
  test('a broken connection is made again and goes on behind the last event', async () => {
    const from = daemon.seen.length;
    daemon.answer(
      list(6),
      written(stream, [': here\n\n', sent(7), sent(8)], (response) => response.destroy()),
      cut,
      problem('daemon.busy'),
      // Cut within an event: what isn't whole is none.
      written(stream, [sent(9), 'id: 10\ndata: {"id":'], (response) => response.destroy()),
      written(stream, [sent(10), sent(11)], () => undefined),
    );
    const client = open(daemon);
    expect(await idsOf(client.follow('events.follow', {}), 11)).toEqual([7, 8, 9, 10, 11]);
    const asked = daemon.seen
      .slice(from)
      .map(({ url, headers }) => [url, headers['last-event-id']]);
    const path = '/api/v1/events/follow?afterId=6';
    expect(asked).toEqual([
      ['/api/v1/events?limit=1', undefined],
      [path, undefined],
      [path, '8'],
      [path, '8'],
      [path, '8'],
      [path, '9'],
    ]);
    client.close();
  });

  test('what a container prints goes on behind the last line, until it ends', async () => {
    const line = (text: string, id: string, type = 'stdout') =>
      `event: ${type}\nid: ${id}\ndata: ${text}\n\n`;
    const from = daemon.seen.length;
    daemon.answer(
      written(stream, [line('{"one"', '7.1-0'), line('two', '7.1-1', 'stderr')], (response) =>
        response.destroy(),
      ),
      written(stream, [line('', '8.0-0'), serverEvent({}, null, 'end')]),
    );
    const client = open(daemon);
    const lines: unknown[] = [];
    for await (const record of client.follow('containers.logs', { name: 'thesis', tail: 2 })) {
      lines.push(record);
    }
    expect(lines).toEqual([
      { stream: 'stdout', line: '{"one"' },
      { stream: 'stderr', line: 'two' },
      { stream: 'stdout', line: '' },
    ]);
    const asked = daemon.seen
      .slice(from)
      .map(({ url, headers }) => [url, headers['last-event-id']]);
    const path = '/api/v1/containers/thesis/logs?follow=true&tail=2';
    expect(asked).toEqual([
      [path, undefined],
      [path, '7.1-1'],
    ]);
    client.close();
  });

  test('a daemon that says that it ends is waited for, another error is thrown', async () => {
    const wire = (code: 'daemon.unreachable' | 'token.invalid') =>
      serverEvent(problemOf(ds01Error(code, { message: code }), 'r'), null, 'problem');
    daemon.answer(
      written(stream, [sent(1), wire('daemon.unreachable')]),
      written(stream, [sent(2), wire('token.invalid')]),
    );
    const client = open(daemon);
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { id } of client.follow('events.follow', { afterId: 0 })) seen.push(id);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'token.invalid' });
    expect(seen).toEqual([1, 2]);
    client.close();
  });

  test('an aborted signal ends it quietly, whatever it waits for', async () => {
    const controller = new AbortController();
    daemon.answer(written(stream, [sent(1)], () => undefined));
    const client = open(daemon);
    const { signal } = controller;
    const ids: number[] = [];
    for await (const { id } of client.follow('events.follow', { afterId: 0 }, { signal })) {
      ids.push(id);
      controller.abort();
    }
    expect(ids).toEqual([1]);
    client.close();
  });

  test('a refusal is thrown', async () => {
    daemon.answer(problem('queue.not-found'));
    const client = open(daemon);
    const id = `q${'0'.repeat(20)}`;
    await expect(client.follow('queue.follow', { id }).next()).rejects.toMatchObject({
      code: 'queue.not-found',
    });
    client.close();
  });

  test('records that are none are an error', async () => {
    daemon.answer(written(stream, [serverEvent({ surprise: true }, 1)]));
    const client = open(daemon);
    await expect(client.follow('events.follow', { afterId: 0 }).next()).rejects.toMatchObject({
      code: 'internal.unexpected',
    });
    client.close();
  });

  test('what is followed ends with its last record', async () => {
    const lines = [
      serverEvent({ line: 1, progress: 'one' }, 1),
      serverEvent({ line: 2, operation: operation({ state: 'succeeded' }) }, 2),
    ];
    daemon.answer(written(stream, lines, () => undefined));
    const client = open(daemon);
    const records: number[] = [];
    const { id } = operation({});
    for await (const { line } of client.follow('operations.follow', { id })) records.push(line);
    expect(records).toEqual([1, 2]);
    client.close();
  });
});

test('a connection on which nothing comes is given up, and made again', async () => {
  const transport = createNodeTransport({ socketPath: daemon.socketPath });
  const asking = { transport, options: {}, pause: async () => undefined, longestSilenceMs: 20 };
  daemon.answer(
    written(stream, [sent(1)], () => undefined),
    (_, response) => response.writeHead(200, { 'content-type': stream }).flushHeaders(),
    written(stream, [sent(2)]),
  );
  const client = createDaemonClient(asking);
  expect(await idsOf(client.follow('events.follow', { afterId: 0 }), 2)).toEqual([1, 2]);
  expect(daemon.seen).toHaveLength(3);
  client.close();
});
