import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { doors } from './testing/doors.ts';
import {
  cut,
  cutWithin,
  json,
  problem,
  startFakeDaemon,
  written,
  type FakeDaemon,
  type Handler,
} from './testing/fake-daemon.ts';

let daemon: FakeDaemon;
beforeEach(async () => {
  daemon = await startFakeDaemon();
});
afterEach(() => daemon.stop());

const alive = json({ alive: true });
const channels = { terminal: true, workspace: true, mail: false };
const preferences = { channels, mailAddress: null, mailAvailable: false };

/** What came in since `from`. */
const since = (from: number) => daemon.seen.slice(from);

describe.each(doors)('through $name', ({ open }) => {
  test.each<[string, readonly Handler[]]>([
    ['a connection that broke before the answer', [cut]],
    ['a document that was cut off', [cutWithin]],
    ['a busy daemon', [problem('daemon.busy')]],
    ['too many requests', [problem('rate.limited', { 'retry-after': '0' })]],
    ['a proxy without its daemon', [(_, response) => response.writeHead(502).end('<html>')]],
    ['several of these', [cut, cutWithin, problem('daemon.busy'), cut]],
  ])('reading is done again after %s', async (_, faults) => {
    const from = daemon.seen.length;
    daemon.answer(...faults, alive);
    const client = open(daemon);
    expect(await client.call('daemon.health', {})).toEqual({ alive: true });
    expect(since(from)).toHaveLength(faults.length + 1);
    client.close();
  });

  test('it is not done for ever', async () => {
    const from = daemon.seen.length;
    daemon.answer(cut);
    const client = open(daemon, { retry: { attempts: 3, firstPauseMs: 1 } });
    await expect(client.call('daemon.health', {})).rejects.toMatchObject({
      code: 'daemon.unreachable',
    });
    expect(since(from)).toHaveLength(3);
    client.close();
  });

  test.each<[string, Handler, string]>([
    ['a refusal', problem('access.denied'), 'access.denied'],
    ['no capacity', problem('gpu.none-free'), 'gpu.none-free'],
    ['text', written('text/html', ['<html>']), 'internal.unexpected'],
    ['another document', json({ alive: 'perhaps' }), 'internal.unexpected'],
    [
      'a longer pause than is allowed',
      problem('rate.limited', { 'retry-after': '60' }),
      'rate.limited',
    ],
    ['an unexpected failure', problem('internal.unexpected'), 'internal.unexpected'],
  ])('%s is the answer, and nothing is sent again', async (_, handler, code) => {
    const from = daemon.seen.length;
    daemon.answer(handler);
    const client = open(daemon);
    await expect(client.call('daemon.health', {})).rejects.toMatchObject({ code });
    expect(since(from)).toHaveLength(1);
    client.close();
  });

  test('what changes something is sent again under the same key', async () => {
    const from = daemon.seen.length;
    daemon.answer(cut, problem('daemon.busy'), json(preferences));
    const client = open(daemon);
    await client.call('notifications.set', {});
    const keys = since(from).map(({ headers }) => headers['idempotency-key']);
    expect(keys).toHaveLength(3);
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    await client.call('notifications.set', {});
    expect(daemon.seen.at(-1)?.headers['idempotency-key']).not.toBe(keys[0]);
    client.close();
  });

  test('without a key it is sent once, unless nothing of it can have been done', async () => {
    const client = open(daemon, { retry: false });
    for (const fault of [cut, cutWithin, problem('daemon.busy'), problem('rate.limited')]) {
      const from = daemon.seen.length;
      daemon.answer(fault, json(preferences));
      await expect(client.call('notifications.set', {})).rejects.toMatchObject({
        name: 'Ds01Error',
      });
      expect(since(from)).toHaveLength(1);
      expect(since(from)[0]?.headers['idempotency-key']).toBeUndefined();
    }
    client.close();
  });

  test('what the daemon has on record is not asked for once more', async () => {
    const from = daemon.seen.length;
    daemon.answer(problem('daemon.busy', { 'idempotency-replayed': 'true' }));
    const client = open(daemon);
    await expect(client.call('notifications.set', {})).rejects.toMatchObject({
      code: 'daemon.busy',
    });
    expect(since(from)).toHaveLength(1);
    client.close();
  });

  test('a stored answer that was cut off is asked for again', async () => {
    const replayed = { 'idempotency-replayed': 'true', 'content-length': '5000' };
    const cutShort =
      (status: number): Handler =>
      (_, response) => {
        response.writeHead(status, replayed).write('{"channels":', () => response.destroy());
      };
    daemon.answer(cutShort(200), cutShort(503), json(preferences));
    const client = open(daemon);
    expect(await client.call('notifications.set', {})).toEqual(preferences);
    client.close();
  });

  test('a daemon that is being restarted is waited for', async () => {
    daemon.answer(alive);
    const client = open(daemon, { retry: { attempts: 50, firstPauseMs: 1, longestPauseMs: 20 } });
    await client.call('daemon.health', {});
    await daemon.goAway();
    const waiting = client.call('daemon.health', {});
    await daemon.comeBack();
    expect(await waiting).toEqual({ alive: true });
    client.close();
  });

  test('a daemon that isn’t ready says so in its document', async () => {
    const document = { ready: false, reason: 'it starts' };
    daemon.answer(json(document, 503, { 'content-type': 'application/json' }));
    const client = open(daemon);
    expect(await client.call('daemon.ready', {})).toEqual(document);
    client.close();
  });

  test('who aborts waits for nothing more', async () => {
    const controller = new AbortController();
    const client = open(daemon, { retry: { firstPauseMs: 1_000_000, longestPauseMs: 1_000_000 } });
    daemon.answer((request, response) => {
      cut(request, response);
      setImmediate(() => controller.abort());
    });
    const { signal } = controller;
    await expect(client.call('daemon.health', {}, { signal })).rejects.toThrow(/abort/i);
    const during = new AbortController();
    daemon.answer(() => during.abort());
    await expect(client.call('daemon.health', {}, { signal: during.signal })).rejects.toMatchObject(
      { name: 'AbortError' },
    );
    client.close();
  });

  test('output that is cut is an error, and is not begun again', async () => {
    const frames = 'application/vnd.ds01.frames';
    const part = new Uint8Array([1, 0, 0, 0, 9, 104, 105]);
    const client = open(daemon);
    for (const end of [(response: ServerResponse) => response.destroy(), undefined]) {
      daemon.answer(cut, written(frames, [part], end));
      let text = '';
      const reading = (async () => {
        for await (const { bytes } of await client.stream('containers.logs', { name: 'thesis' })) {
          text += new TextDecoder().decode(bytes);
        }
      })();
      await expect(reading).rejects.toMatchObject({ code: 'daemon.unreachable' });
      expect(text).toBe('hi');
    }
    expect(daemon.seen).toHaveLength(4);
    client.close();
  });
});
