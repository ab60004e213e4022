import { eventSchema, type EventFilter, type EventView } from '@ds01/contracts/lifecycle';
import { expect, test } from 'vitest';
import type { Person } from '../operations/call.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';
import { exportEvents } from './export.ts';
import { pruneEvents } from './prune.ts';

const filter = {
  sinceMs: null,
  untilMs: null,
  type: null,
  container: null,
  user: null,
  own: false,
} as const;

/** Events of a person, one each minute. */
function append(world: World, { owner }: Person, count: number): void {
  for (let made = 0; made < count; made += 1) {
    world.clock.advance(60_000);
    world.store.transaction(({ events }) =>
      events.append(
        {
          type: 'container.paused',
          user: owner.name,
          uid: owner.uid,
          container: 'thesis',
          containerId: null,
          details: {},
        },
        world.clock.nowMs(),
      ),
    );
  }
}

async function exported(
  world: World,
  person: Person,
  { afterId = null, ...changes }: Partial<EventFilter & { readonly afterId: number | null }> = {},
): Promise<readonly EventView[]> {
  const events: EventView[] = [];
  for await (const { bytes } of exportEvents(world.deps(), person, {
    filter: { ...filter, ...changes },
    afterId,
  })) {
    const text = new TextDecoder().decode(bytes);
    expect(text.endsWith('\n')).toBe(true);
    events.push(eventSchema.parse(JSON.parse(text)));
  }
  return events;
}

test('all that are the person’s come, oldest first, however many', async () => {
  const world = createWorld();
  append(world, alice, 450);
  append(world, bob, 10);
  const events = await exported(world, alice);
  expect(events).toHaveLength(450);
  const ids = events.map(({ id }) => id);
  expect(ids).toEqual(ids.toSorted((left, right) => left - right));
  expect(await exported(world, dana)).toHaveLength(460);
  expect(await exported(world, dana, { user: 'bob' })).toHaveLength(10);
});

test('another person’s are refused before anything is sent', () => {
  const world = createWorld();
  const refused = (): unknown =>
    exportEvents(world.deps(), alice, { filter: { ...filter, user: 'bob' }, afterId: null });
  expect(refused).toThrow('Only administrators');
});

test('what happens meanwhile is left out, and nobody who is slow keeps more than a page', async () => {
  const world = createWorld();
  append(world, alice, 450);
  const process = world.process();
  const chunks = exportEvents(process.deps, alice, { filter, afterId: null })[
    Symbol.asyncIterator
  ]();
  await chunks.next();
  append(world, alice, 50);
  const { length } = process.lifeline.calls;
  for (let read = 1; read < 200; read += 1) await chunks.next();
  expect(process.lifeline.calls).toHaveLength(length);
  let rest = 0;
  for (let read = await chunks.next(); read.done !== true; read = await chunks.next()) rest += 1;
  expect(rest).toBe(250);
});

test('who comes again goes on behind the last event that they have', async () => {
  const world = createWorld();
  append(world, alice, 250);
  const all = await exported(world, alice);
  const afterId = all[209]?.id ?? 0;
  expect(await exported(world, alice, { afterId })).toEqual(all.slice(210));
  expect(await exported(world, alice, { afterId: afterId + 1000 })).toEqual(all);
});

test('what is kept for longer than the site says is exported no more', async () => {
  const world = createWorld({ settings: 'retention:\n  events_days: 30\n' });
  append(world, alice, 3);
  world.clock.advance(30 * 86_400_000);
  append(world, alice, 2);
  pruneEvents(world.deps(), loadCurrentPolicy(world.deps()));
  expect(await exported(world, alice)).toHaveLength(2);
});
