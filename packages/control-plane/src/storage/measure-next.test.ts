import type { ContainerId } from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { protect } from '../act/protect.ts';
import { putPause } from '../lifecycle/asking/rule-pause.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { createTurns } from '../operations/turns.ts';
import { deployed } from '../testing/commands.ts';
import { alice, bob } from '../testing/people.ts';
import { eventsOf, eventTypes } from '../testing/rules.ts';
import { createWorld, hourMs, roomyLimits, type World } from '../testing/world.ts';
import { measureNext } from './measure-next.ts';

const gibibyte = 2 ** 30;
const minuteMs = 60_000;
const limits = roomyLimits.replace(
  'defaults:',
  'defaults:\n  storage_workspace: 10g\n  storage_data: 20g\n  storage_container: 5g',
);

let world: World;
let id: ContainerId;
const turns = createTurns();
const step = () => measureNext(world.deps(), { turns });
/** What the daemon does in that time, a step a minute or more rarely. */
const live = async (durationMs: number, everyMs = minuteMs) => {
  for (let ms = 0; ms < durationMs; ms += everyMs) {
    await step();
    world.clock.advance(everyMs);
  }
};
const rarely = 20 * minuteMs;
const stateOf = async () => (await world.engine.inspectContainer(id)).state;
const holds = (path: string, gibibytes: number, complete = true) =>
  world.people.storage.sizes.set(`alice:/home/alice/${path}`, {
    bytes: gibibytes * gibibyte,
    complete,
  });
const measuredLayers = () => world.engine.calls.get('layerBytes') ?? 0;
const mails = () =>
  world.store.transaction(({ outbox }) =>
    outbox.due(Number.MAX_SAFE_INTEGER, 1000).map(({ body }) => body),
  );

beforeEach(async () => {
  world = createWorld({ limits, accounts: [alice.owner, bob.owner] });
  const data = [{ folder: '/home/alice/sets', target: '/data', readOnly: false }];
  id = (await deployed(world, 'thesis', { data })).container.id;
  holds('workspace', 1);
  holds('sets', 1);
});
afterEach(() => {
  world.close();
});

test('each thing with a limit is measured every six hours, one at a time', async () => {
  expect(await step()).toMatchObject({ told: false });
  expect(world.people.storage.asked.length + measuredLayers()).toBe(1);
  await live(5 * hourMs, rarely);
  expect(world.people.storage.asked).toEqual([
    'alice:/home/alice/workspace',
    'alice:/home/alice/sets',
  ]);
  expect(measuredLayers()).toBe(1);
  await live(2 * hourMs, rarely);
  expect(world.people.storage.asked).toHaveLength(4);
  expect(measuredLayers()).toBe(2);
});

test('nothing is measured where there is no limit', async () => {
  world.setLimits(roomyLimits);
  await live(hourMs);
  expect(world.people.storage.asked).toEqual([]);
  expect(measuredLayers()).toBe(0);
});

test('a workspace that is nearly full is told once, one that is too large every day', async () => {
  holds('workspace', 9);
  await live(24 * hourMs, rarely);
  expect(eventTypes(world, 'storage.')).toEqual(['storage.nearly-full']);
  holds('workspace', 11, false);
  await live(30 * hourMs, rarely);
  expect(eventTypes(world, 'storage.').slice(1)).toEqual(['storage.exceeded', 'storage.exceeded']);
  expect(eventsOf(world, 'storage.exceeded')[0]?.event).toMatchObject({
    user: 'alice',
    uid: alice.owner.uid,
    container: null,
    details: { what: 'workspace', usedBytes: 11 * gibibyte, limitBytes: 10 * gibibyte },
  });
  expect(await stateOf()).toBe('running');
  expect(mails().join('')).toContain('11 GiB of 10 GiB');
});

test('a layer that stays too large is warned of, and the container is stopped after the lead', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(10 * minuteMs);
  expect(eventTypes(world, 'storage.')).toEqual(['storage.exceeded']);
  expect(await stateOf()).toBe('running');
  await live(5 * minuteMs);
  expect(eventTypes(world, 'storage.').slice(1)).toEqual(['storage.container-stopped']);
  expect(eventTypes(world, 'container.')).not.toContain('container.ended');
  expect(eventTypes(world, 'gpu.').at(-1)).toBe('gpu.lease-held');
  expect(await stateOf()).toBe('exited');
  await live(12 * hourMs, rarely);
  expect(measuredLayers()).toBe(2);
});

test('a layer that got smaller in time stops nothing', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(9 * minuteMs);
  world.engine.setLayerBytes(id, 1 * gibibyte);
  await live(12 * hourMs, rarely);
  expect(eventTypes(world, 'storage.')).toEqual(['storage.exceeded']);
  expect(await stateOf()).toBe('running');
});

test('a protected container is neither measured nor stopped', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(9 * minuteMs);
  const acting = { deps: world.deps(), turns, by: bob.owner.name, options: {} };
  await protect(acting, { container: 'alice/thesis', on: true, reason: null });
  await live(hourMs);
  expect(measuredLayers()).toBe(1);
  expect(await stateOf()).toBe('running');
});

test('while nobody looked nothing was promised: the lead is granted again', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(5 * minuteMs);
  world.clock.advance(5 * hourMs);
  await live(9 * minuteMs);
  expect(await stateOf()).toBe('running');
  expect(eventTypes(world, 'storage.')).toEqual(['storage.exceeded', 'storage.exceeded']);
  await live(5 * minuteMs);
  expect(await stateOf()).toBe('exited');
});

test('while the rules are paused nothing is stopped, and after that it is promised anew', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(9 * minuteMs);
  const pause = { untilMs: Number.MAX_SAFE_INTEGER, by: 'dana', reason: null };
  world.store.transaction(({ meta }) => putPause(meta, pause));
  await live(7 * hourMs, rarely);
  expect(await stateOf()).toBe('running');
  world.store.transaction(({ meta }) => putPause(meta, null));
  const told = eventTypes(world, 'storage.exceeded').length;
  await live(7 * hourMs);
  expect(eventTypes(world, 'storage.').slice(told)).toEqual([
    'storage.exceeded',
    'storage.container-stopped',
  ]);
});

test('a stop that fails is told, and promised anew hours later', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(9 * minuteMs);
  world.engine.setCallHook(({ name, phase }) => {
    if (name === 'stopContainer' && phase === 'before') throw new Error('the engine is stuck');
  });
  await live(hourMs);
  expect(eventsOf(world, 'lifecycle.')[0]?.event).toMatchObject({
    type: 'lifecycle.stop-failed',
    container: 'thesis._.alice',
    details: { reason: 'the engine is stuck' },
  });
  expect(eventTypes(world, 'lifecycle.')).toHaveLength(1);
  world.engine.setCallHook(null);
  await live(7 * hourMs);
  expect(eventTypes(world, 'storage.')).toEqual([
    'storage.exceeded',
    'storage.exceeded',
    'storage.container-stopped',
  ]);
});

test('setting the wall clock stops nothing', async () => {
  world.engine.setLayerBytes(id, 6 * gibibyte);
  await live(3 * minuteMs);
  world.clock.jump(24 * hourMs);
  await live(3 * minuteMs);
  expect(await stateOf()).toBe('running');
});

test('what can’t be measured is unknown, and tells nobody anything', async () => {
  world.people.storage.sizes.clear();
  await live(24 * hourMs, rarely);
  expect(eventTypes(world, 'storage.')).toEqual([]);
});

test('nothing is remembered of who has no limit any more', async () => {
  await live(10 * minuteMs);
  const kept = () => world.store.transaction(({ meta }) => meta.list('storage:').length);
  expect(kept()).toBe(3);
  world.setLimits(roomyLimits);
  expect(loadCurrentPolicy(world.deps()).problems).toEqual([]);
  await step();
  expect(kept()).toBe(0);
});
