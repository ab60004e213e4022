import type { GpuDevice, GpuProcess } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, host } from '../testing/gpus.ts';
import { createWorld, type World } from '../testing/world.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import { noteHostProcesses } from './note-host-processes.ts';

function computing(pid: number, changes: Partial<GpuProcess> = {}): GpuProcess {
  return {
    pid,
    name: '/usr/bin/python3 --token secret',
    kind: 'C',
    memoryBytes: 2 ** 30,
    gpuInstanceId: null,
    computeInstanceId: null,
    ...changes,
  };
}

function startOnHost(world: World, pid: number, program: string, uid = 1001): void {
  world.hostProcesses.set(pid, { pid, uid, program, startedAtMs: null });
}

function show(world: World, ...devices: readonly GpuDevice[]): void {
  world.probe.set(host(...devices));
}

/** One pass of the loop, and the types of the events that there are then. */
async function look(world: World, options: { readonly gpus?: boolean } = {}) {
  const deps = world.deps();
  const now = await reconcile(deps, loadCurrentPolicy(deps));
  const found = noteHostProcesses(deps, {
    inventory: options.gpus === false ? null : now.inventory,
    leases: now.leases,
    containers: new Set(now.containers.map(({ record }) => record.id)),
  });
  world.clock.advance(5000);
  return found.map(({ program }) => program);
}

function told(world: World) {
  const all = { sinceMs: null, untilMs: null, of: null, containers: null };
  return world.store
    .transaction(({ events }) =>
      events.after({ ...all, typePrefix: 'gpu.host-process', afterId: 0, limit: 100 }),
    )
    .map(({ event }) => [event.type, event.details] as const);
}

test('a process of the host is told once it was seen twice, with the lease that it disturbs', async () => {
  const world = createWorld();
  world.engine.plant(foreignContainer(1, gpusFlag({ deviceIds: ['0'] })));
  startOnHost(world, 4000, 'python3');
  show(world, gpu(0, { processes: [computing(4000)] }), gpu(1));
  expect(await look(world)).toEqual([]);
  expect(await look(world)).toEqual(['python3']);
  expect(await look(world)).toEqual(['python3']);
  const found = { pid: 4000, program: 'python3', device: gpu(0).uuid };
  expect(told(world)).toEqual([['gpu.host-process-found', { ...found, leaseOf: 'foreign-1' }]]);
  show(world, gpu(0), gpu(1));
  await look(world);
  expect(told(world)).toHaveLength(1);
  await look(world);
  expect(told(world).at(1)).toEqual(['gpu.host-process-ended', found]);
});

test('one that comes and goes between looks is not told', async () => {
  const world = createWorld();
  startOnHost(world, 4000, 'python3');
  for (let turn = 0; turn < 3; turn += 1) {
    show(world, gpu(0, { processes: [computing(4000)] }));
    await look(world);
    show(world, gpu(0));
    await look(world);
  }
  expect(told(world)).toEqual([]);
});

test('one that a look misses, or can’t see, has not ended', async () => {
  const world = createWorld();
  startOnHost(world, 4000, 'python3');
  const busy = gpu(0, { processes: [computing(4000)] });
  show(world, busy);
  await look(world);
  await look(world);
  show(world, gpu(0));
  await look(world);
  show(world, busy);
  await look(world);
  await look(world, { gpus: false });
  await look(world, { gpus: false });
  show(world, gpu(0, { health: { state: 'unknown', reasons: ['not described'] } }));
  await look(world);
  await look(world);
  show(world, busy);
  expect(await look(world)).toEqual(['python3']);
  expect(told(world)).toHaveLength(1);
});

test('neither display servers nor the driver’s own programs are told; who only calls itself so is', async () => {
  const world = createWorld();
  startOnHost(world, 1, 'nvidia-persiste', 0);
  startOnHost(world, 2, 'nv-hostengine', 0);
  startOnHost(world, 3, 'Xorg');
  startOnHost(world, 4, 'someviewer');
  const used = [computing(1), computing(2), computing(3), computing(4, { kind: 'G' })];
  show(world, gpu(0, { processes: used }));
  await look(world);
  expect(await look(world)).toEqual(['Xorg']);
});

test('a process of a container of this engine is none of the host’s, one of another engine’s is', async () => {
  const world = createWorld();
  const own = foreignContainer(1);
  world.engine.plant(own);
  world.containerPids.set(1, own.id).set(2, foreignContainer(2).id);
  startOnHost(world, 1, 'inside');
  startOnHost(world, 2, 'elsewhere');
  show(world, gpu(0, { processes: [computing(1), computing(2)] }));
  await look(world);
  expect(await look(world)).toEqual(['elsewhere']);
});

test('what does not change is not written', async () => {
  const world = createWorld();
  startOnHost(world, 4000, 'python3');
  show(world, gpu(0, { processes: [computing(4000)] }));
  await look(world);
  await look(world);
  const read = () =>
    world.store.transaction(({ meta }) => meta.get('workloads:host-processes') ?? '');
  const before = read();
  await look(world);
  expect(read()).toBe(before);
});
