import type { EventView } from '@ds01/contracts/lifecycle';
import { eventSchema } from '@ds01/contracts/lifecycle';
import { expect, test } from 'vitest';
import type { Person } from '../operations/call.ts';
import { appendAbout } from './container-events.ts';
import { followEvents } from './follow.ts';
import { deployed } from '../testing/commands.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { eventsAfter } from '../testing/told.ts';
import { createWorld, type World } from '../testing/world.ts';

const everything = { sinceMs: null, untilMs: null, type: null, container: null, user: null };
const filter = { ...everything, own: false };

/** A follower that is read one event at a time. */
function follower(
  world: World,
  person: Person,
  options: { readonly afterId?: number; readonly sinceMs?: number; readonly signal?: AbortSignal },
) {
  const { afterId = null, sinceMs = null, signal } = options;
  const input = { filter: { ...filter, sinceMs }, afterId };
  const chunks = followEvents(world.deps(), person, input, signal);
  return {
    async next(): Promise<EventView | null> {
      const read = await chunks.next();
      if (read.done === true) return null;
      return eventSchema.parse(JSON.parse(new TextDecoder().decode(read.value.bytes)));
    },
  };
}

/** Pauses of a container, as many as wanted. */
function append(world: World, count: number): void {
  world.store.transaction((transaction) => {
    const [record] = transaction.containers.all();
    for (let made = 0; made < count && record !== undefined; made += 1) {
      appendAbout(transaction, { type: 'container.paused', record }, world.clock.nowMs());
    }
  });
}

const lastId = (world: World) => world.store.transaction(({ events }) => events.lastId());

test('what comes after an id is read in order, none missed and none twice', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const from = lastId(world);
  append(world, 450);
  const reader = follower(world, alice, { afterId: from });
  const ids: number[] = [];
  while (ids.length < 450) ids.push((await reader.next())?.id ?? 0);
  expect(ids).toEqual(Array.from({ length: 450 }, (_, index) => from + index + 1));
});

test('somebody who waits is told what happens then, and nothing of before', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const reader = follower(world, alice, {});
  const next = reader.next();
  append(world, 1);
  world.clock.advance(1000);
  expect(await next).toMatchObject({ id: lastId(world), type: 'container.paused' });
});

test('who gives a time gets what happened since', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  world.clock.advance(5000);
  const sinceMs = world.clock.nowMs();
  append(world, 1);
  expect(await follower(world, alice, { sinceMs }).next()).toMatchObject({ id: lastId(world) });
});

test('a person follows their own, an administrator everybody’s', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await deployed(world, 'plots', { caller: bob });
  const bobs = follower(world, bob, { afterId: 0 });
  const all = follower(world, dana, { afterId: 0 });
  expect(await bobs.next()).toMatchObject({
    user: 'bob',
    message: 'made from ds01/busybox:latest',
  });
  expect(await all.next()).toMatchObject({ user: 'alice' });
});

test('an id of a ledger that was lost begins at the first of the new one', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const [oldest] = eventsAfter(world);
  expect(await follower(world, alice, { afterId: 9_999_999 }).next()).toMatchObject({
    id: oldest?.id,
  });
});

test('what is not read is not fetched', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  append(world, 5000);
  const process = world.process();
  const input = { filter, afterId: 0 };
  const chunks = followEvents(process.deps, alice, input, undefined);
  await chunks.next();
  const { length } = process.lifeline.calls;
  for (let read = 1; read < 200; read += 1) await chunks.next();
  // All of them were of one look; the next one is taken when it is wanted.
  expect(process.lifeline.calls).toHaveLength(length);
  await chunks.next();
  expect(process.lifeline.calls).toHaveLength(length + 1);
});

test('it ends when nobody listens any more', async () => {
  const world = createWorld();
  const ending = new AbortController();
  const reader = follower(world, alice, { signal: ending.signal });
  const next = reader.next();
  ending.abort();
  expect(await next).toBeNull();
});

test('events of others are refused before anything is sent', () => {
  const input = { filter: { ...filter, user: 'bob' }, afterId: null };
  const denied = expect.objectContaining({ code: 'access.denied' });
  expect(() => followEvents(createWorld().deps(), alice, input, undefined)).toThrow(denied);
});
