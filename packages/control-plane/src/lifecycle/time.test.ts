import type { ContainerId } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { stop } from '../stop.ts';
import { start } from '../verbs.ts';
import { deployed } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createRules, eventsOf, eventTypes, shortLimits, type Rules } from '../testing/rules.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';

const minuteMs = 60_000;
const stopThesis = { name: 'thesis', force: false, timeoutSeconds: null };

const idleReading = {
  cpuTimeMs: 0,
  networkBytes: 0,
  inputAtMs: null,
  memoryBytes: 0,
  memoryLimitBytes: null,
  processes: 1,
};

let world: World;
let rules: Rules;
let id: ContainerId;
let startedMs: number;

async function begin(limits: string): Promise<void> {
  world = createWorld({ limits, accounts: [alice.owner] });
  rules = createRules(world);
  const { container } = await deployed(world, 'thesis');
  id = container.id;
  startedMs = world.clock.nowMs();
  rules.idle(id);
}
const stateOf = async () => (await world.engine.inspectContainer(id)).state;
const times = (prefix: string) =>
  eventsOf(world, prefix).map(({ event, atMs }) => [event.type, atMs - startedMs]);

afterEach(() => {
  world.close();
});

describe('idleness', () => {
  beforeEach(() => begin(shortLimits()));

  test('a daemon that restarts within seconds changes nothing', async () => {
    await rules.live(30_000);
    for (const pause of [2000, 3000]) {
      rules = createRules(world);
      world.clock.advance(pause);
      await rules.live(2000);
    }
    await rules.live(60_000);
    expect(times('lifecycle.idle-stopped')).toEqual([['lifecycle.idle-stopped', 60_000]]);
  });

  test('hours of which nothing is known stop nothing, and the lead is granted again', async () => {
    await rules.live(45_000);
    expect(eventTypes(world, 'lifecycle')).toHaveLength(2);
    world.clock.advance(5 * hourMs);
    rules = createRules(world);
    await rules.pass();
    expect(await stateOf()).toBe('running');
    await rules.live(2 * minuteMs);
    const stopped = times('lifecycle.idle-stopped')[0]?.[1];
    const lastWarned = times('lifecycle.idle-warned').at(-1)?.[1];
    expect(Number(stopped)).toBeGreaterThanOrEqual(5 * hourMs + 60_000);
    expect(
      Number(stopped) - Math.max(Number(lastWarned), 5 * hourMs + 45_000),
    ).toBeGreaterThanOrEqual(15_000);
  });

  test.each([12 * hourMs, -12 * hourMs])(
    'a wall clock set by %i ms changes nothing',
    async (byMs) => {
      await rules.live(30_000);
      world.clock.jump(byMs);
      await rules.live(60_000);
      const stopped = eventsOf(world, 'lifecycle.idle-stopped')[0]?.atMs ?? 0;
      expect(stopped - byMs - startedMs).toBe(60_000);
    },
  );

  test('of a container that was restarted begins anew, and its runtime goes on', async () => {
    await rules.live(50_000);
    await stop(world.deps(), alice, stopThesis);
    await rules.live(5000);
    await start(world.deps(), alice, { name: 'thesis' });
    const restartedMs = world.clock.nowMs();
    await rules.live(90_000);
    const stopped = eventsOf(world, 'lifecycle.idle-stopped')[0];
    expect(Number(stopped?.atMs) - restartedMs).toBe(60_000);
    expect(stopped?.event.details).toMatchObject({ ranForMs: 110_000 });
  });

  test.each(['the engine says so', 'only its counters say so'])(
    'of a container that was started again between two passes begins anew when %s',
    async (how) => {
      world.activity.readings.set(id, { ...idleReading, cpuTimeMs: 5 });
      await rules.live(50_000);
      await world.engine.stopContainer(id, { timeoutSeconds: 0 });
      world.clock.advance(100);
      await world.engine.startContainer(id);
      if (how === 'the engine says so') rules.lifecycle.noteStart(id);
      else rules.idle(id);
      const againMs = world.clock.nowMs();
      await rules.live(90_000);
      const stopped = eventsOf(world, 'lifecycle.idle-stopped');
      expect(stopped.map(({ atMs }) => atMs - againMs)).toEqual([60_000]);
    },
  );

  test('of another container of the same name is its own', async () => {
    await rules.live(50_000);
    await world.engine.removeContainer(id, { force: true });
    await rules.pass();
    const { container } = await deployed(world, 'thesis');
    rules.idle(container.id);
    const againMs = world.clock.nowMs();
    await rules.live(90_000);
    const stopped = eventsOf(world, 'lifecycle.idle-stopped');
    expect(stopped.map(({ atMs, event }) => [atMs - againMs, event.containerId])).toEqual([
      [60_000, container.id],
    ]);
  });
});

describe('holds', () => {
  beforeEach(() =>
    begin(
      shortLimits({
        defaults: { gpu_hold_after_stop_h: 0.25, container_hold_after_stop_h: 1 },
      }).replace('  gpu_hold_after_stop_h: 0.25\n  memory: 1g', '  memory: 1g'),
    ),
  );

  test('end on time: first the GPU goes back, then the container', async () => {
    await stop(world.deps(), alice, stopThesis);
    await rules.live(2 * hourMs);
    expect(times('lifecycle')).toEqual([
      ['lifecycle.hold-ended', 15 * minuteMs],
      ['lifecycle.container-removed', 60 * minuteMs],
    ]);
    expect(await world.engine.listContainers()).toEqual([]);
  });

  test.each([12 * hourMs, -12 * hourMs])('move with a wall clock set by %i ms', async (byMs) => {
    await stop(world.deps(), alice, stopThesis);
    await rules.live(5 * minuteMs);
    world.clock.jump(byMs);
    await rules.live(2 * hourMs);
    expect(times('lifecycle').map(([type, atMs]) => [type, Number(atMs) - byMs])).toEqual([
      ['lifecycle.hold-ended', 15 * minuteMs],
      ['lifecycle.container-removed', 60 * minuteMs],
    ]);
  });

  test('begin anew after a reboot, for what ran and for what was stopped', async () => {
    const other = await deployed(world, 'other', { gpu: { kind: 'any' } });
    rules.idle(other.container.id);
    await stop(world.deps(), alice, stopThesis);
    await rules.live(10_000);
    world.restartEngine();
    world.clock.advance(48 * hourMs);
    world.clock.reboot();
    world.pins.reboot();
    world.activity.readings.clear();
    const bootedMs = world.clock.nowMs() - startedMs;
    rules = createRules(world);
    await rules.pass();
    expect(eventTypes(world, 'lifecycle.')).toEqual([]);
    await rules.live(2 * hourMs);
    const since = (type: string) => times(type).map(([, atMs]) => Number(atMs) - bootedMs);
    expect(since('lifecycle.hold-ended')).toEqual([15 * minuteMs, 15 * minuteMs]);
    expect(since('lifecycle.container-removed')).toEqual([60 * minuteMs, 60 * minuteMs]);
  });

  test('after days without a daemon are over at once', async () => {
    await stop(world.deps(), alice, stopThesis);
    await rules.live(10_000);
    world.clock.advance(48 * hourMs);
    rules = createRules(world);
    await rules.pass();
    expect(eventTypes(world, 'lifecycle.').toSorted()).toEqual([
      'lifecycle.container-removed',
      'lifecycle.hold-ended',
    ]);
  });
});
