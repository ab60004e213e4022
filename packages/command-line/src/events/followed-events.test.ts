import { ds01Error } from '@ds01/contracts';
import type { RouteInput } from '@ds01/contracts';
import type { EventView } from '@ds01/contracts/lifecycle';
import { expect, test } from 'vitest';
import { followedEvents } from './followed-events.ts';

const event = (id: number): EventView => ({
  id,
  at: '2026-11-22T12:00:00.000Z',
  type: 'container.started',
  user: 'alice',
  container: 'thesis._.alice',
  containerId: null,
  message: 'started – ✓',
  details: {},
});
const bytesOf = (...ids: readonly number[]): Uint8Array =>
  new TextEncoder().encode(ids.map((id) => `${JSON.stringify(event(id))}\n`).join(''));
const away = () => ds01Error('daemon.unreachable', { message: 'away' });

/** Follows what the streams give, one after the other, until there are no more. */
async function follow(
  streams: readonly (() => AsyncGenerator<{ readonly bytes: Uint8Array }>)[],
  from: RouteInput<'events.follow'> = { sinceMs: 5 },
) {
  const ending = new AbortController();
  const asked: RouteInput<'events.follow'>[] = [];
  const said: string[] = [];
  const ids: number[] = [];
  const open = async (input: RouteInput<'events.follow'>) => {
    asked.push(input);
    const next = streams[asked.length - 1];
    if (next !== undefined) return next();
    ending.abort();
    throw away();
  };
  const { signal } = ending;
  const comes = followedEvents({ open, from, signal, say: (line) => said.push(line) });
  for await (const { id } of comes) ids.push(id);
  return { asked, said, ids };
}

test('lines are whole events, however their bytes come', async () => {
  const bytes = bytesOf(1, 2, 3);
  const { ids } = await follow([
    async function* () {
      for (const byte of bytes) yield { bytes: new Uint8Array([byte]) };
    },
  ]);
  expect(ids).toEqual([1, 2, 3]);
});

test('after a restart of the daemon it goes on after the last event that it had', async () => {
  const { ids, asked, said } = await follow([
    async function* () {
      yield { bytes: bytesOf(1, 2) };
      throw away();
    },
    async function* () {
      yield { bytes: bytesOf(3) };
    },
  ]);
  expect(ids).toEqual([1, 2, 3]);
  expect(asked.map(({ afterId, sinceMs }) => [afterId, sinceMs])).toEqual([
    [undefined, 5],
    [2, null],
    [3, null],
  ]);
  expect(said).toEqual(['the daemon does not answer; waiting for it']);
});

test('any other failure is its end', async () => {
  const denied = ds01Error('access.denied', { message: 'no' });
  const followed = follow([
    async function* () {
      yield { bytes: bytesOf(1) };
      throw denied;
    },
  ]);
  await expect(followed).rejects.toBe(denied);
});
