import type { UsageReading } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { pause } from './pause.ts';
import { stats } from './stats.ts';
import { stop } from './stop.ts';
import { deployed } from './testing/commands.ts';
import { gpu, gpuUuid, host, migGpu, migUuid } from './testing/gpus.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, type World } from './testing/world.ts';
import { showLimits } from './limits.ts';
import { top } from './top.ts';

const reading = (changes: Partial<UsageReading>): UsageReading => ({
  atMs: 0,
  cpuTimeMs: 0,
  cpusLimit: 2,
  memoryBytes: 300,
  memoryLimitBytes: 1000,
  pids: 3,
  pidsLimit: 128,
  blockReadBytes: 1,
  blockWrittenBytes: 2,
  networkReceivedBytes: 10,
  networkSentBytes: 20,
  ...changes,
});

/** Time passes as soon as somebody waits for it. */
function letTimePass(world: World): void {
  world.usage.onRead = () => void setImmediate(() => world.clock.advance(1000));
}

describe('stats', () => {
  test('CPU is told from two looks, the rest from the last', async () => {
    const world = createWorld();
    const { container } = await deployed(world, 'thesis');
    letTimePass(world);
    world.usage.readings.set(container.id, [
      reading({ atMs: 1000, cpuTimeMs: 5000, pids: 9 }),
      reading({ atMs: 1400, cpuTimeMs: 5600 }),
    ]);
    const { containers } = await stats(world.deps(), alice, { name: 'thesis' });
    expect(containers).toEqual([
      {
        name: 'thesis',
        dockerName: 'thesis._.alice',
        id: container.id,
        state: 'running',
        cpuPercent: expect.closeTo(150),
        cpusLimit: 2,
        memoryBytes: 300,
        memoryLimitBytes: 1000,
        networkReceivedBytes: 10,
        networkSentBytes: 20,
        blockReadBytes: 1,
        blockWrittenBytes: 2,
        pids: 3,
        pidsLimit: 128,
        gpus: [
          {
            slot: '0',
            uuid: gpuUuid(0),
            profile: null,
            model: 'NVIDIA A100-SXM4-40GB',
            utilization: 0,
            memoryBytes: 0,
            memoryTotalBytes: 40 * 2 ** 30,
          },
        ],
      },
    ]);
  });

  test('without a name: all that run, paused ones too, of nobody else, in one go', async () => {
    const world = createWorld();
    for (const name of ['one', 'two', 'three']) {
      const { container } = await deployed(world, name, { gpu: { kind: 'none' } });
      world.usage.readings.set(container.id, [reading({})]);
    }
    await deployed(world, 'others', { caller: bob, gpu: { kind: 'none' } });
    await stop(world.deps(), alice, { name: 'one', force: false, timeoutSeconds: null });
    await pause(world.deps(), alice, { name: 'two' });
    letTimePass(world);
    const before = world.engine.calls.get('stats') ?? 0;
    const { containers } = await stats(world.deps(), alice, { name: null });
    expect(containers.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'three running',
      'two paused',
    ]);
    expect(world.engine.calls.get('stats') ?? 0).toBe(before);
  });

  test('where the counters are out of reach the engine is asked', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const { containers } = await stats(world.deps(), alice, { name: 'thesis' });
    expect(containers[0]).toMatchObject({
      cpuPercent: 0,
      cpusLimit: 1,
      memoryLimitBytes: 2 ** 30,
      pids: 0,
    });
    expect(world.engine.calls.get('stats')).toBe(1);
  });

  test('of a MIG slot utilisation is unknown, its memory is its own; what shares the host’s network has none', async () => {
    const world = createWorld({ gpus: host(gpu(0), migGpu(1)) });
    const gpuOf = { kind: 'mig', profile: '2g.10gb', count: 1 } as const;
    const { container } = await deployed(world, 'thesis', { gpu: gpuOf, network: 'none' });
    world.usage.readings.set(container.id, [reading({})]);
    letTimePass(world);
    const { containers } = await stats(world.deps(), alice, { name: 'thesis' });
    expect(containers[0]).toMatchObject({
      networkReceivedBytes: null,
      gpus: [{ uuid: migUuid(1, 1), utilization: null, memoryTotalBytes: 10 * 2 ** 30 }],
    });
  });

  test('nothing is told of what doesn’t run, nor of another’s', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { start: false });
    const of = (name: string, caller = alice) => stats(world.deps(), caller, { name });
    await expect(of('thesis')).rejects.toMatchObject({ code: 'container.not-running' });
    await expect(of('thesis', bob)).rejects.toMatchObject({ code: 'container.not-found' });
    expect((await stats(world.deps(), bob, { name: null })).containers).toEqual([]);
  });
});

describe('limits', () => {
  test('stand beside what all containers of a person use together', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    letTimePass(world);
    world.usage.readings.set('alice', [
      reading({ atMs: 0, cpuTimeMs: 0 }),
      reading({ atMs: 100, cpuTimeMs: 50 }),
    ]);
    const show = (user: typeof alice) => {
      const deps = world.deps();
      return showLimits({ ...deps, full: deps }, user.owner.name);
    };
    expect((await show(alice)).usage).toMatchObject({ memoryBytes: 300, cpus: 0.5, pids: 3 });
  });

  test('are of nothing used while nothing runs, and of nothing known where it can’t be read', async () => {
    const world = createWorld();
    const deps = world.deps();
    const show = () => showLimits({ ...deps, full: deps }, bob.owner.name);
    expect((await show()).usage).toMatchObject({ memoryBytes: 0, cpus: 0, pids: 0 });
    await deployed(world, 'thesis', { caller: bob });
    expect((await show()).usage).toMatchObject({ memoryBytes: null, cpus: null, pids: null });
  });
});

describe('top', () => {
  test('names the processes by their owner', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { command: ['python', 'train.py'] });
    world.clock.advance(90_000);
    const { processes } = await top(world.deps(), alice, { name: 'thesis' });
    expect(processes).toMatchObject([
      { user: 'alice', command: 'python train.py', elapsedSeconds: 90 },
    ]);
  });

  test('needs a running container of one’s own', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { start: false });
    const of = (caller: typeof alice) => top(world.deps(), caller, { name: 'thesis' });
    await expect(of(alice)).rejects.toMatchObject({ code: 'container.not-running' });
    await expect(of(bob)).rejects.toMatchObject({ code: 'container.not-found' });
  });
});
