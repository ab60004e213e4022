import { ds01Error, type ContainerId } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { deployed, runIn } from '../../testing/commands.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice } from '../../testing/people.ts';
import { createRules, eventTypes, shortLimits, type Rules } from '../../testing/rules.ts';
import { createWorld, type World } from '../../testing/world.ts';

let world: World;
let rules: Rules;
let id: ContainerId;

async function begin(): Promise<void> {
  world = createWorld({ limits: shortLimits(), accounts: [alice.owner] });
  rules = createRules(world);
  const { container } = await deployed(world, 'thesis');
  id = container.id;
  rules.idle(id);
}
const stateOf = async (of = id) => (await world.engine.inspectContainer(of)).state;

beforeEach(() => begin());
afterEach(() => {
  world.close();
});

describe('a stop that failed is forgotten', () => {
  const failing = (times: number) => {
    let left = times;
    return world.process(({ label, phase }) => {
      if (label !== 'engine.stopContainer' || phase !== 'before' || left === 0) return undefined;
      left -= 1;
      return ds01Error('engine.error', { message: 'the engine is stuck' });
    });
  };

  test('once its container is used again: the next one is told as the first was', async () => {
    rules = createRules(world, { deps: failing(1).deps });
    world.people.files.set(`program:alice:/home/alice/workspace/thesis/.ds01/on-stop`, 0);
    await rules.live(60_000);
    expect(eventTypes(world, 'lifecycle.')).toContain('lifecycle.stop-failed');
    const told = () =>
      world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 1000)).length;
    const toldBefore = told();
    const reading = world.activity.readings.get(id);
    if (reading !== undefined) {
      world.activity.readings.set(id, { ...reading, inputAtMs: world.clock.nowMs() });
    }
    await rules.live(4000);
    expect(await stateOf()).toBe('running');
    await rules.live(70_000);
    expect(await stateOf()).toBe('exited');
    // Two warnings and the stop, on the terminal and in the workspace.
    expect(told() - toldBefore).toBe(2 * 3);
  });

  test('once its container is gone: nothing is looked at any more than before', async () => {
    rules = createRules(world, { deps: failing(100).deps });
    await rules.live(61_000);
    await world.engine.removeContainer(id, { force: true });
    await rules.live(10_000);
    const { waitMs } = await rules.lifecycle.pass();
    expect(waitMs).toBe(30_000);
  });
});

describe('a daemon that is killed during a stop leaves it to the next one, which', () => {
  const told = () =>
    world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 1000)).length;

  /** How often the hook ran, and how many messages the second daemon added. */
  const killedAt = async (isThen: (label: string) => boolean) => {
    let hooks = 0;
    world.engine.setCallHook(({ name, phase }) => {
      if (name === 'exec' && phase === 'before') hooks += 1;
    });
    world.people.files.set(`program:alice:/home/alice/workspace/thesis/.ds01/on-stop`, 0);
    await rules.live(59_900);
    const victim = world.process((call) =>
      call.phase === 'before' && isThen(call.label) ? 'die' : undefined,
    );
    const dying = createRules(world, { deps: victim.deps });
    world.clock.advance(100);
    expect(await runIn(victim, () => dying.pass())).toMatchObject({ end: 'killed' });
    const toldBefore = told();
    rules = createRules(world);
    await rules.live(70_000);
    expect(await stateOf()).toBe('exited');
    return { hooks, told: told() - toldBefore };
  };

  test('runs no hook again and tells nobody again', async () => {
    expect(await killedAt((label) => label === 'engine.stopContainer')).toEqual({
      hooks: 1,
      told: 0,
    });
  });

  test('runs a hook that was not begun', async () => {
    const isNoted = () =>
      world.store.transaction(({ meta }) => meta.list('lifecycle:stopping:').length > 0);
    const found = await killedAt((label) => label.startsWith('store.') && isNoted());
    expect(found).toEqual({ hooks: 1, told: 0 });
  });
});

test('whatever fails around a stop, it is told of once and never as an end of its own', async () => {
  world.close();
  const wrong: string[] = [];
  const step = process.env['DS01_TEST_LONG'] === '1' ? 1 : 2;
  for (const phase of ['before', 'after'] as const) {
    let failed = true;
    for (let point = 0; failed; point += step) {
      await begin();
      await rules.live(59_900);
      let count = 0;
      let isArmed = true;
      failed = false;
      const victim = world.process((call) => {
        if (call.phase !== phase || !isArmed) return undefined;
        count += 1;
        if (count !== point + 1) return undefined;
        failed = true;
        return ds01Error('engine.unreachable', { message: 'it hiccups' });
      });
      rules = createRules(world, { deps: victim.deps });
      world.clock.advance(100);
      await runIn(victim, () => rules.pass());
      isArmed = false;
      // Longer than a stop may take: nothing comes after its end.
      await rules.live(200_000);
      const events = eventTypes(world, 'lifecycle.')
        .slice(2)
        .filter((type) => type !== 'lifecycle.stop-failed');
      const ended = eventTypes(world, 'container.ended');
      const found = JSON.stringify([events, ended, await stateOf()]);
      const right = JSON.stringify([['lifecycle.idle-stopped'], [], 'exited']);
      const at = `${phase} ${String(point)} ${victim.lifeline.calls[point] ?? ''}`;
      if (found !== right) wrong.push(`${at}: ${found}`);
      for (const what of await brokenInvariants(world)) wrong.push(`${at}: ${what}`);
      if (failed) world.close();
    }
  }
  expect(wrong).toEqual([]);
}, 60_000);

test.each(['not json', '{"of":"another version"}', '[]', 'null'])(
  'what nobody can read in the ledger (%s) stops nothing, and nobody else',
  async (text) => {
    const other = await deployed(world, 'other');
    rules.idle(other.container.id);
    await rules.live(58_000);
    world.store.transaction(({ meta, lifecycle }) => {
      for (const { key } of meta.list('lifecycle:')) meta.set(key, text);
      for (const what of ['wish', 'stopping', 'keeping']) meta.set(`lifecycle:${what}:${id}`, text);
      meta.set('lifecycle:kept:ds01-alice/thesis:kept-1', text);
      meta.set('lifecycle:paused', text);
      meta.set(`ending:${id}`, text);
      lifecycle.put(id, text);
    });
    rules = createRules(world);
    await rules.live(20_000);
    expect(await stateOf()).toBe('running');
    expect(await stateOf(other.container.id)).toBe('exited');
    await rules.live(60_000);
    expect(await stateOf()).toBe('exited');
  },
);

test('a container that the engine can not describe is nobody else’s trouble', async () => {
  const other = await deployed(world, 'other');
  rules.idle(other.container.id);
  await world.engine.stopContainer(id, { timeoutSeconds: 0 });
  const broken = world.engine.inspectContainer;
  const { engine, ...deps } = world.deps();
  rules = createRules(world, {
    deps: {
      ...deps,
      engine: {
        ...engine,
        inspectContainer: (asked) =>
          asked === id
            ? Promise.reject(ds01Error('engine.error', { message: 'no such layer' }))
            : broken(asked),
      },
    },
  });
  await rules.live(70_000);
  expect(await stateOf(other.container.id)).toBe('exited');
});
