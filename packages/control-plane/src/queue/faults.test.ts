import { ds01Error, type GpuInventory } from '@ds01/contracts';
import { afterEach, expect, test } from 'vitest';
import { gpu, host, migGpu } from '../testing/gpus.ts';
import { brokenInvariants } from '../testing/invariants.ts';
import { alice, bob, carol, dana } from '../testing/people.ts';
import { liveEntries, startQueue, type QueueDaemon } from '../testing/queue.ts';
import { createWorld, roomyLimits, type World } from '../testing/world.ts';

const minuteMs = 60_000;
const daemons: QueueDaemon[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
  for (const world of worlds.splice(0)) world.close();
});

function serverWith(options: Parameters<typeof createWorld>[0] = {}) {
  const accounts = [alice, bob, carol, dana].map(({ owner }) => owner);
  const world = createWorld({ gpus: host(gpu(0)), accounts, ...options });
  worlds.push(world);
  return { world, daemon: serve(world) };
}

function serve(world: World): QueueDaemon {
  const daemon = startQueue(world);
  daemons.push(daemon);
  return daemon;
}

function states(world: World): readonly string[] {
  return liveEntries(world).map(({ user, state }) => `${user} ${state}`);
}

/** Time passes, half a minute at a time, and everything happens that it leads to. */
async function live(world: World, daemon: QueueDaemon, minutes: number): Promise<void> {
  for (let half = 0; half < minutes * 2; half += 1) {
    world.clock.advance(minuteMs / 2);
    await daemon.settle();
  }
}

/** Somebody waits whose connection was lost. */
async function lost(daemon: QueueDaemon, person = bob, name = 'thesis'): Promise<void> {
  const connection = new AbortController();
  const waiting = daemon.deploy(person, { name }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
}

const retire = (daemon: QueueDaemon, person = alice, name = 'first') =>
  daemon.operations.call('containers.retire', person, { name });

const shapes: readonly (readonly [string, GpuInventory, GpuInventory])[] = [
  ['a GPU that vanishes from the listing', host(gpu(0), gpu(1)), host(gpu(0))],
  ['a MIG layout that is being changed', host(gpu(0), migGpu(1)), host(gpu(0), gpu(1))],
];

test.each(shapes)('%s for a while costs nobody the place', async (_, before, meanwhile) => {
  const { world, daemon } = serverWith({ gpus: before });
  const kind = before.devices[1]?.migMode === 'enabled' ? 'mig' : 'whole';
  const asked =
    kind === 'mig'
      ? ({ kind, profile: '3g.20gb', count: 1 } as const)
      : ({ kind, count: 2 } as const);
  await daemon.deploy(alice, { name: 'first', gpu: asked });
  const waiting = daemon.deploy(bob, { name: 'thesis', gpu: asked });
  waiting.catch(() => undefined);
  await daemon.settle();
  const [entry] = liveEntries(world);
  world.probe.set(meanwhile);
  await live(world, daemon, 5);
  const { entries } = await daemon.operations.call('queue.list', bob, {});
  expect(entries).toMatchObject([
    { id: entry?.id, state: 'waiting', position: 1, reason: { code: 'no-slot-free' } },
  ]);
  expect(entries[0]?.reason.message).toContain('this server has');
  world.probe.set(before);
  await live(world, daemon, 1);
  await retire(daemon);
  expect((await waiting).container.state).toBe('running');
});

test('a GPU that vanishes between the turn and the claim sends nobody away', async () => {
  const { world, daemon } = serverWith({ gpus: host(gpu(0), gpu(1)) });
  const two = { kind: 'whole', count: 2 } as const;
  await daemon.deploy(alice, { name: 'first', gpu: two });
  const waiting = daemon.deploy(bob, { name: 'thesis', gpu: two });
  waiting.catch(() => undefined);
  await daemon.settle();
  world.probe.set(host(gpu(0)));
  daemon.deps.store.transaction(({ leases }) => {
    for (const { id, token, state } of leases.live()) {
      leases.update(id, { token, states: [state] }, { state: 'released' });
    }
  });
  await daemon.settle();
  expect(states(world)).toEqual(['bob waiting']);
  await retire(daemon);
  world.probe.set(host(gpu(0), gpu(1)));
  await live(world, daemon, 1);
  expect((await waiting).container.slots).toEqual(['0', '1']);
});

test('what there is no GPU for any more is refused in the end, with the reason', async () => {
  const { world, daemon } = serverWith({ gpus: host(gpu(0), gpu(1)) });
  const two = { kind: 'whole', count: 2 } as const;
  await daemon.deploy(alice, { name: 'first', gpu: two });
  const waiting = daemon.deploy(bob, { name: 'thesis', gpu: two }).catch((error: unknown) => error);
  await daemon.settle();
  world.probe.set(host(gpu(0)));
  await live(world, daemon, 15);
  expect(await waiting).toMatchObject({ code: 'gpu.no-match' });
  expect(liveEntries(world)).toEqual([]);
});

test('whoever’s turn comes while the engine or nvidia-smi is away has it when they are back', async () => {
  const { world, daemon } = serverWith();
  for (const [away, back] of [
    [() => world.engine.setReachable(false), () => world.engine.setReachable(true)],
    [
      () => world.probe.fail(ds01Error('gpu.probe-failed', { message: 'no answer' })),
      () => world.probe.set(host(gpu(0))),
    ],
  ] as const) {
    await daemon.deploy(alice, { name: 'first' });
    const lines: string[] = [];
    const waiting = daemon.deploy(
      bob,
      { name: 'thesis', wait: { forMs: 60 * minuteMs } },
      { onProgress: (line) => lines.push(line) },
    );
    await daemon.settle();
    away();
    daemon.deps.store.transaction(({ leases }) => {
      for (const { id, token, state } of leases.live()) {
        leases.update(id, { token, states: [state] }, { state: 'released' });
      }
    });
    await live(world, daemon, 10);
    expect(states(world)).toEqual(['bob granted']);
    expect(lines.join('\n')).toContain('its turn has come');
    back();
    await live(world, daemon, 1);
    expect((await waiting).container.state).toBe('running');
    await retire(daemon, bob, 'thesis');
    await world.engine.listContainers();
  }
});

test('whoever has no place yet hears at once that the engine is away', async () => {
  const { world, daemon } = serverWith();
  world.engine.setReachable(false);
  await expect(daemon.deploy(bob, { name: 'thesis' })).rejects.toMatchObject({
    code: 'engine.unreachable',
  });
});

test('whoever comes back to a grant while nvidia-smi is away has it when it is back', async () => {
  const { world, daemon } = serverWith();
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon);
  await retire(daemon);
  await daemon.settle();
  expect(states(world)).toEqual(['bob granted']);
  world.probe.fail(ds01Error('gpu.probe-failed', { message: 'no answer' }));
  const back = daemon.deploy(bob, { name: 'thesis' });
  back.catch(() => undefined);
  await live(world, daemon, 5);
  expect(states(world)).toEqual(['bob granted']);
  world.probe.set(host(gpu(0)));
  await live(world, daemon, 1);
  expect((await back).container.state).toBe('running');
});

test('what was granted is kept for whoever could not come because there was no daemon', async () => {
  const { world, daemon } = serverWith();
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon);
  await retire(daemon);
  await daemon.settle();
  expect(states(world)).toEqual(['bob granted']);
  await daemon.stop();
  world.clock.advance(10 * minuteMs);
  const next = serve(world);
  await next.settle();
  expect(states(world)).toEqual(['bob granted']);
  await live(world, next, 1);
  expect((await next.deploy(bob, { name: 'thesis', wait: null })).container.state).toBe('running');
  expect(await brokenInvariants(world)).toEqual([]);
});

test('limits that can’t be read any more cost nobody the place, nor those that are changed', async () => {
  const { world, daemon } = serverWith();
  await daemon.deploy(alice, { name: 'first' });
  const waiting = daemon.deploy(bob, { name: 'thesis' });
  waiting.catch(() => undefined);
  await daemon.settle();
  world.setLimits('defaults: [');
  await live(world, daemon, 2);
  world.config.set('ds01.yaml', 'queue: 7\n');
  await live(world, daemon, 2);
  expect(states(world)).toEqual(['bob waiting']);
  world.config.set('ds01.yaml', null);
  world.setLimits(roomyLimits.replace('max_gpu_equivalents: 2', 'max_gpu_equivalents: 1'));
  await live(world, daemon, 2);
  expect(states(world)).toEqual(['bob waiting']);
  world.setLimits('');
  await retire(daemon);
  await waiting;
  expect(states(world)).toEqual([]);
});

test('a quota that is lowered below the request refuses it with its own error', async () => {
  const { world, daemon } = serverWith();
  await daemon.deploy(alice, { name: 'first' });
  const waiting = daemon.deploy(bob, { name: 'thesis' }).catch((error: unknown) => error);
  await daemon.settle();
  world.setLimits(roomyLimits.replace('max_gpu_equivalents: 2', 'max_gpu_equivalents: 0'));
  await live(world, daemon, 2);
  expect(await waiting).toMatchObject({ code: 'quota.gpu-exceeded' });
  expect(states(world)).toEqual([]);
});
