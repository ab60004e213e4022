import { describe, expect, test } from 'vitest';
import type { RouteInput } from '@ds01/contracts';
import { rename } from '../rename.ts';
import { retire } from '../remove.ts';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import type { Person } from './call.ts';

async function listed(
  world: World,
  person: Person,
  input: RouteInput<'events.list'> = {},
): Promise<readonly string[]> {
  const { events } = await operationsOf(world).call('events.list', person, input);
  return events.map(({ type, container }) => `${type} ${container ?? ''}`);
}

const creations = { type: 'container.created' };

describe('events', () => {
  test('are a person’s own, an administrator’s are everybody’s', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await deployed(world, 'plots', { caller: bob });
    const alices = 'container.created thesis._.alice';
    const bobs = 'container.created plots._.bob';
    expect(await listed(world, alice, creations)).toEqual([alices]);
    expect(await listed(world, bob, creations)).toEqual([bobs]);
    expect(await listed(world, dana, creations)).toEqual([alices, bobs]);
    expect(await listed(world, dana, { ...creations, user: 'bob' })).toEqual([bobs]);
    expect(await listed(world, dana, { ...creations, own: true })).toEqual([]);
  });

  test('of others are refused, by whatever name they are asked for', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const calls = operationsOf(world);
    const denied = { code: 'access.denied' };
    await expect(calls.call('events.list', bob, { user: 'alice' })).rejects.toMatchObject(denied);
    await expect(calls.call('events.summary', bob, { user: 'alice' })).rejects.toMatchObject(
      denied,
    );
    expect(await listed(world, bob, { container: 'thesis._.alice' })).toEqual([]);
    expect(await listed(world, bob, { container: 'thesis' })).toEqual([]);
    expect(await listed(world, bob, { user: 'bob' })).toEqual([]);
  });

  test('of a former account of the same name are somebody else’s', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await retire(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
    const namesake = { ...alice, owner: { ...alice.owner, uid: 9001 } };
    expect(await listed(world, namesake)).toEqual([]);
    const { total } = await operationsOf(world).call('events.summary', namesake, {});
    expect(total).toBe(0);
    expect((await listed(world, alice)).length).toBeGreaterThan(5);
  });

  test('of a container are found by every name that it has, and had', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await deployed(world, 'plots');
    await rename(world.deps(), alice, { name: 'thesis', newName: 'paper' });
    const every = [
      'container.created thesis._.alice',
      'gpu.lease-granted thesis._.alice',
      'container.started thesis._.alice',
      'container.renamed paper._.alice',
    ];
    expect(await listed(world, alice, { container: 'paper' })).toEqual(every);
    expect(await listed(world, dana, { container: 'paper._.alice' })).toEqual(every);
    expect(await listed(world, alice, { container: 'thesis' })).toEqual(every.slice(0, 3));
  });

  test('come in pages, the newest first, to the oldest', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const calls = operationsOf(world);
    const read: (string | null)[] = [];
    for (let beforeId: number | null | undefined; beforeId !== null;) {
      const page = await calls.call('events.list', alice, { limit: 1, beforeId });
      read.push(...page.events.map(({ type }) => type));
      beforeId = page.olderThan;
    }
    expect(read).toEqual(['container.started', 'gpu.lease-granted', 'container.created']);
  });

  test('are narrowed by time and counted', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    world.clock.advance(hourMs);
    const sinceMs = world.clock.nowMs();
    await deployed(world, 'plots', { caller: bob });
    expect(await listed(world, dana, { ...creations, sinceMs })).toEqual([
      'container.created plots._.bob',
    ]);
    const untilMs = sinceMs;
    expect(await listed(world, dana, { ...creations, untilMs })).toEqual([
      'container.created thesis._.alice',
    ]);
    const counted = await operationsOf(world).call('events.summary', dana, { sinceMs });
    expect(counted).toMatchObject({ total: 3, users: [{ user: 'bob', count: 3 }] });
    expect(counted.days).toEqual([{ day: '2026-01-05', count: 3 }]);
  });

  test('are told without asking the engine', async () => {
    const world = createWorld();
    await listed(world, alice);
    expect(world.engine.calls.size).toBe(0);
  });
});
