import { containerIdSchema, ds01Error, type ContainerId } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { operationsOf } from '../../testing/operations.ts';
import { remove, retire } from '../../remove.ts';
import { start } from '../../verbs.ts';
import { stop } from '../../stop.ts';
import { deployed, runIn } from '../../testing/commands.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice, dana } from '../../testing/people.ts';
import { planted } from '../../testing/adoption.ts';
import { createRules, eventsOf, eventTypes, shortLimits, type Rules } from '../../testing/rules.ts';
import { createWorld, hourMs, type World } from '../../testing/world.ts';

const stopThesis = { name: 'thesis', force: false, timeoutSeconds: null };

let world: World;
let rules: Rules;
let id: ContainerId;
let workspace: string;

async function begin(options: Parameters<typeof createWorld>[0] = {}): Promise<void> {
  world = createWorld({ limits: shortLimits(), accounts: [alice.owner], ...options });
  rules = createRules(world);
  const { container } = await deployed(world, 'thesis');
  id = container.id;
  workspace =
    world.store.transaction(({ containers }) => containers.get(id)?.workspace) ?? 'nowhere';
  rules.idle(id);
}
const stateOf = async () => (await world.engine.inspectContainer(id)).state;
const operations = () => operationsOf(world);

beforeEach(() => begin());
afterEach(() => {
  world.close();
});

describe('what somebody did a moment ago wins:', () => {
  test('a container that is kept', async () => {
    await rules.live(59_000);
    await operations().call('containers.keep', alice, { name: 'thesis', forMs: hourMs });
    await rules.live(60_000);
    expect(await stateOf()).toBe('running');
    expect(eventTypes(world, 'lifecycle.').slice(2)).toEqual([
      'lifecycle.kept-alive',
      'lifecycle.activity-resumed',
    ]);
  });

  test('something typed in a terminal', async () => {
    await rules.live(59_000);
    const reading = world.activity.readings.get(id);
    if (reading !== undefined) {
      world.activity.readings.set(id, { ...reading, inputAtMs: world.clock.nowMs() });
    }
    await rules.live(30_000);
    expect(await stateOf()).toBe('running');
  });

  test.each(['stop', 'retire', 'remove'])('%s while the rule waits its turn', async (verb) => {
    await rules.live(59_500);
    const turn = Promise.withResolvers<void>();
    const held = rules.turns.take('alice/thesis', () => turn.promise);
    world.clock.advance(500);
    await rules.lifecycle.pass();
    if (verb === 'stop') await stop(world.deps(), alice, stopThesis);
    else if (verb === 'retire') await retire(world.deps(), alice, stopThesis);
    else await remove(world.deps(), alice, { name: 'thesis', force: true });
    turn.resolve();
    await held;
    await rules.lifecycle.settled();
    await rules.pass();
    expect(eventTypes(world, 'lifecycle.idle-stopped')).toEqual([]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('a restart while the rule waits its turn', async () => {
    await rules.live(59_500);
    const turn = Promise.withResolvers<void>();
    const held = rules.turns.take('alice/thesis', () => turn.promise);
    world.clock.advance(500);
    await rules.lifecycle.pass();
    await stop(world.deps(), alice, stopThesis);
    world.clock.advance(100);
    await start(world.deps(), alice, { name: 'thesis' });
    turn.resolve();
    await held;
    await rules.lifecycle.settled();
    expect(await stateOf()).toBe('running');
  });
});

test('a file in the workspace postpones the stop, and is looked at only when one is near', async () => {
  const looks: string[] = [];
  const { modifiedAt } = world.people.peopleFiles;
  const deps = world.deps();
  const peopleFiles = {
    ...deps.peopleFiles,
    modifiedAt: (file: Parameters<typeof modifiedAt>[0]) => {
      looks.push(file.path);
      return modifiedAt(file);
    },
  };
  rules = createRules(world, { deps: { ...deps, peopleFiles } });
  rules.idle(id);
  await rules.live(30_000);
  expect(looks).toEqual([]);
  world.people.files.set(`alice:${workspace}/.keep-alive`, world.clock.nowMs());
  await rules.live(5 * 60_000);
  expect(await stateOf()).toBe('running');
  expect(new Set(looks)).toEqual(new Set([`${workspace}/.keep-alive`]));
  expect(looks.length).toBeLessThan(30);
});

describe('a stop that fails', () => {
  test('is told once, tried again later and later, and then done', async () => {
    let fails = 3;
    const process = world.process((call) => {
      if (call.label !== 'engine.stopContainer' || call.phase !== 'before' || fails === 0) return;
      fails -= 1;
      return ds01Error('engine.error', { message: 'the engine is stuck' });
    });
    rules = createRules(world, { deps: process.deps });
    await rules.live(60_000);
    expect(eventTypes(world, 'lifecycle.').slice(2)).toEqual(['lifecycle.stop-failed']);
    await rules.live(60_000);
    expect(eventTypes(world, 'lifecycle.').slice(2)).toEqual([
      'lifecycle.stop-failed',
      'lifecycle.idle-stopped',
    ]);
    expect(await stateOf()).toBe('exited');
    const stops = process.lifeline.calls.filter((label) => label === 'engine.stopContainer');
    expect(stops).toHaveLength(4);
  });
});

test('killed between any two steps, the next daemon finishes the stop and tells of it once', async () => {
  world.close();
  const wrong: string[] = [];
  let killed = true;
  // Each of them in the long run.
  const step = process.env['DS01_TEST_LONG'] === '1' ? 1 : 4;
  for (let point = 0; killed; point += step) {
    await begin();
    await rules.live(59_900);
    let count = 0;
    const victim = world.process(({ phase }) => {
      if (phase === 'before') count += 1;
      return phase === 'before' && count === point + 1 ? 'die' : undefined;
    });
    const dying = createRules(world, { deps: victim.deps });
    world.clock.advance(100);
    const ending = await runIn(victim, () => dying.pass());
    killed = ending.end === 'killed';
    rules = createRules(world);
    // Longer than the note of a stop under way is believed.
    await rules.live(200_000);
    const events = eventTypes(world, 'lifecycle.').slice(2);
    const ended = eventTypes(world, 'container.ended');
    const state = await stateOf();
    const held = world.store.transaction(({ leases }) => leases.live().map((lease) => lease.state));
    const found = JSON.stringify([events, ended, state, held]);
    const right = JSON.stringify([['lifecycle.idle-stopped'], [], 'exited', ['held']]);
    if (found !== right)
      wrong.push(`${String(point)} ${victim.lifeline.calls.at(-1) ?? ''}: ${found}`);
    if (killed) world.close();
  }
  expect(wrong).toEqual([]);
}, 60_000);

describe('whose container it is', () => {
  test('one that DS01 did not make, with a GPU in its environment, is under the rules', async () => {
    const details = await world.engine.inspectContainer(id);
    await remove(world.deps(), alice, { name: 'thesis', force: true });
    const bare = { dockerName: 'behind', labels: {}, user: '', mounts: [], deviceRequests: [] };
    const made = await planted(world, {
      ...details,
      ...bare,
      id: containerIdSchema.parse('b'.repeat(64)),
      runtime: 'nvidia',
      env: ['NVIDIA_VISIBLE_DEVICES=GPU-00000001'],
    });
    rules.idle(made.id);
    await rules.live(10 * 60_000);
    const stopped = eventsOf(world, 'lifecycle.idle-stopped');
    expect(stopped.map(({ event }) => event.container)).toEqual(['behind']);
    expect(world.store.transaction(({ leases }) => leases.live())).toEqual([]);
  });
});

test('passes ask the engine the same, however many containers are idle', async () => {
  const calls = async (count: number): Promise<number> => {
    const many = createWorld({
      limits: shortLimits({
        defaults: { max_containers_per_user: 600, idle_timeout_h: 10 },
      }).replace('  max_containers_per_user: 3\n', ''),
    });
    for (let index = 0; index < count; index += 1) {
      const { container } = await deployed(many, `c${String(index)}`, { gpu: { kind: 'none' } });
      many.activity.readings.set(container.id, {
        cpuTimeMs: 0,
        networkBytes: 0,
        inputAtMs: null,
        memoryBytes: 0,
        memoryLimitBytes: null,
        processes: 1,
      });
    }
    const process = many.process();
    const loop = createRules(many, { deps: process.deps });
    await loop.pass();
    const before = process.lifeline.calls.filter((label) => label.startsWith('engine.')).length;
    await loop.live(5 * 60_000);
    many.close();
    return process.lifeline.calls.filter((label) => label.startsWith('engine.')).length - before;
  };
  expect(await calls(20)).toBe(await calls(2));
});

describe('rules that are paused', () => {
  test('do nothing until then, also after a restart, and grant the lead again', async () => {
    await rules.live(45_000);
    const untilMs = world.clock.nowMs() + 10 * 60_000;
    await operations().call('admin.lifecycle.pause', dana, { untilMs });
    rules = createRules(world);
    await rules.live(10 * 60_000 - 1000);
    expect(await stateOf()).toBe('running');
    await rules.live(12_000);
    expect(await stateOf()).toBe('running');
    await rules.live(60_000);
    expect(await stateOf()).toBe('exited');
    expect(eventTypes(world, 'lifecycle.')).toContain('lifecycle.resumed');
  });
});
