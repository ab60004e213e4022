import { createContext, runInContext } from 'node:vm';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { createBrowserClient } from './browser.ts';
import { token } from './testing/doors.ts';
import {
  cut,
  json,
  problem,
  serverEvent,
  startFakeDaemon,
  written,
  type FakeDaemon,
} from './testing/fake-daemon.ts';

/** What a page has of what is used; nothing of Node's. */
const webGlobals = {
  AbortController,
  AbortSignal,
  Blob,
  DOMException,
  Headers,
  ReadableStream,
  TextDecoder,
  TextEncoder,
  URL,
  URLSearchParams,
  clearTimeout,
  console,
  crypto,
  fetch,
  setTimeout,
} as const;

const bundled = await build({
  entryPoints: [`${import.meta.dirname}/browser.ts`],
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: 'iife',
  globalName: 'ds01',
  platform: 'browser',
  target: 'es2022',
  conditions: ['@ds01/source'],
  logLevel: 'silent',
});

describe('the bundle for browsers', () => {
  let daemon: FakeDaemon;
  beforeAll(async () => {
    daemon = await startFakeDaemon();
  });
  afterAll(() => daemon.stop());

  /** The bundle as a page runs it. */
  const open = () => {
    const page = createContext({ ...webGlobals });
    runInContext(bundled.outputFiles[0]?.text ?? '', page);
    const create: typeof createBrowserClient = runInContext('ds01.createBrowserClient', page);
    const retry = { firstPauseMs: 1 };
    return create({ url: `${daemon.url}/behind/a/proxy/`, token, version: '1.2.3', retry });
  };

  test('nothing of Node is in it, and it is small enough for a page', () => {
    const imported = Object.values(bundled.metafile.inputs).flatMap(({ imports }) => imports);
    expect(imported.filter(({ external }) => external === true)).toEqual([]);
    const ours = Object.keys(bundled.metafile.inputs).filter((path) =>
      path.includes('/client/src'),
    );
    expect(ours.filter((path) => /node-|\/session|free-buffers/.test(path))).toEqual([]);
    expect(bundled.outputFiles[0]?.contents.length).toBeLessThan(600_000);
  });

  test('it calls, decodes errors, sends again, follows and reads output in a page', async () => {
    const client = open();
    daemon.answer(cut, json({ alive: true }));
    expect(await client.call('daemon.health', {})).toEqual({ alive: true });
    expect(daemon.seen.at(-1)).toMatchObject({
      url: '/behind/a/proxy/healthz',
      headers: { authorization: `Bearer ${token}` },
    });
    daemon.answer(problem('token.invalid'));
    await expect(client.call('daemon.health', {})).rejects.toMatchObject({ code: 'token.invalid' });
    const entry = { id: 1, at: '2026-01-01T00:00:00.000Z', user: null, container: null };
    const event = { ...entry, type: 'a.b', containerId: null, message: '', details: {} };
    daemon.answer(
      written('text/event-stream', [serverEvent(event, 1)], (response) => response.destroy()),
      written('text/event-stream', [serverEvent({ ...event, id: 2 }, 2)]),
    );
    const ids: number[] = [];
    for await (const { id } of client.follow('events.follow', { afterId: 0 })) {
      ids.push(id);
      if (id === 2) break;
    }
    expect(ids).toEqual([1, 2]);
    const frames = [new Uint8Array([1, 0, 0, 0, 2]), 'hi', new Uint8Array([5, 0, 0, 0, 2]), '{}'];
    daemon.answer(written('application/vnd.ds01.frames', frames));
    let text = '';
    for await (const { bytes } of await client.stream('containers.logs', { name: 'thesis' })) {
      text += new TextDecoder().decode(bytes);
    }
    expect(text).toBe('hi');
    client.close();
  });
});
