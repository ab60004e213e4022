import { ds01Error, type ContainerId } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createRules, eventsOf, eventTypes, shortLimits, type Rules } from '../testing/rules.ts';
import { createWorld, type World } from '../testing/world.ts';

let world: World;
let rules: Rules;
let id: ContainerId;

beforeEach(async () => {
  world = createWorld({ limits: shortLimits(), accounts: [alice.owner] });
  rules = createRules(world);
  id = (await deployed(world, 'thesis')).container.id;
  rules.idle(id);
});
afterEach(() => {
  world.close();
});
const used = (cpuTimeMs: number): void => {
  const reading = world.activity.readings.get(id);
  if (reading !== undefined) world.activity.readings.set(id, { ...reading, cpuTimeMs });
};
const restartBehind = async (): Promise<number> => {
  await world.engine.stopContainer(id, { timeoutSeconds: 0 });
  world.clock.advance(100);
  await world.engine.startContainer(id);
  // Its start alone took more of the processor than the run before.
  used(5);
  return world.clock.nowMs();
};
const stopsSince = (againMs: number) =>
  eventsOf(world, 'lifecycle.idle-stopped').map(({ atMs }) => atMs - againMs);

describe('a container that was started again unseen begins anew:', () => {
  test('while no daemon ran', async () => {
    await rules.live(50_000);
    const againMs = await restartBehind();
    rules = createRules(world);
    await rules.live(90_000);
    expect(stopsSince(againMs)).toEqual([60_000]);
  });

  test('while the engine’s events were cut off', async () => {
    await rules.live(50_000);
    const againMs = await restartBehind();
    rules.lifecycle.noteStart(null);
    await rules.live(90_000);
    expect(stopsSince(againMs)).toEqual([60_000]);
  });

  test('when the look right after its start failed', async () => {
    let fails = false;
    const process = world.process(({ label, phase }) =>
      fails && phase === 'before' && label === 'engine.inspectContainer'
        ? ds01Error('engine.unreachable', { message: 'it hiccups' })
        : undefined,
    );
    rules = createRules(world, { deps: process.deps });
    await rules.live(50_000);
    const againMs = await restartBehind();
    rules.lifecycle.noteStart(id);
    fails = true;
    await expect(rules.lifecycle.pass()).rejects.toThrow('it hiccups');
    fails = false;
    await rules.live(90_000);
    expect(stopsSince(againMs)).toEqual([60_000]);
  });
});

test('a ledger that can not be written while a stop fails ends nothing but that attempt', async () => {
  let isFull = false;
  const process = world.process(({ label, phase }) => {
    if (label === 'engine.stopContainer' && phase === 'before') {
      isFull = true;
      return ds01Error('engine.error', { message: 'the engine is stuck' });
    }
    return isFull && phase === 'before' && label === 'store.transaction'
      ? ds01Error('internal.storage-full', { message: 'the disk is full' })
      : undefined;
  });
  rules = createRules(world, { deps: process.deps });
  await rules.live(59_900);
  world.clock.advance(100);
  const { actions } = await rules.lifecycle.pass();
  expect(actions).toHaveLength(1);
  expect(await actions[0]?.ending).toEqual({ end: 'failed', message: 'the engine is stuck' });
  isFull = false;
  rules = createRules(world);
  await rules.live(30_000);
  expect(eventTypes(world, 'lifecycle.idle-stopped')).toHaveLength(1);
});
