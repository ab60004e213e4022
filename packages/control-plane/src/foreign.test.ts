import type { ContainerDetails } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { deployed, listAll } from './testing/commands.ts';
import { foreignContainer, gpusFlag } from './testing/foreign.ts';
import { gpu, gpuUuid, host, migGpu, migUuid } from './testing/gpus.ts';
import { brokenInvariants, lookAt } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, type World } from './testing/world.ts';

const everyGpu = [gpuUuid(0), gpuUuid(1), migUuid(2, 0), migUuid(2, 1)];

function threeGpus(): World {
  return createWorld({ gpus: host(gpu(0), gpu(1), migGpu(2)) });
}

async function heldByForeigners(world: World): Promise<readonly string[]> {
  const { leases } = await lookAt(world);
  return leases
    .filter(({ state, user }) => state === 'external' && user === null)
    .flatMap(({ slots }) => slots.map(({ uuid }) => uuid));
}

const cases: readonly [string, Partial<ContainerDetails>, readonly string[]][] = [
  ['--gpus all', gpusFlag({ count: -1 }), everyGpu],
  ['--gpus 1', gpusFlag({ count: 1 }), [gpuUuid(0)]],
  ['--gpus 2', gpusFlag({ count: 2 }), [gpuUuid(0), gpuUuid(1)]],
  ['--gpus device=1', gpusFlag({ deviceIds: ['1'] }), [gpuUuid(1)]],
  [
    '--gpus device=2, a divided one',
    gpusFlag({ deviceIds: ['2'] }),
    [migUuid(2, 0), migUuid(2, 1)],
  ],
  ['--gpus device=2:1', gpusFlag({ deviceIds: ['2:1'] }), [migUuid(2, 1)]],
  ['--gpus device=UUID', gpusFlag({ deviceIds: [gpuUuid(1)] }), [gpuUuid(1)]],
  [
    'CDI names',
    {
      deviceRequests: [
        {
          driver: 'cdi',
          count: 0,
          deviceIds: ['nvidia.com/gpu=0', 'nvidia.com/gpu=2:0'],
          capabilities: [],
        },
      ],
    },
    [gpuUuid(0), migUuid(2, 0)],
  ],
  [
    'NVIDIA_VISIBLE_DEVICES under the nvidia runtime',
    { runtime: 'nvidia', env: ['NVIDIA_VISIBLE_DEVICES=all', 'NVIDIA_VISIBLE_DEVICES=0,2:1'] },
    [gpuUuid(0), migUuid(2, 1)],
  ],
  [
    'device files',
    { devicePaths: ['/dev/nvidiactl', '/dev/nvidia1', '/dev/nvidia-uvm'] },
    [gpuUuid(1)],
  ],
];

describe('a container that DS01 did not make', () => {
  test.each(cases)('with %s blocks exactly its GPUs', async (_how, changes, uuids) => {
    const world = threeGpus();
    world.engine.plant(foreignContainer(1, changes));
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual(uuids);
    expect(await brokenInvariants(world)).toEqual([]);
    const free = everyGpu.length - uuids.length;
    const outcomes = await Promise.allSettled(
      ['one', 'two'].flatMap((name) =>
        [alice, bob].map((caller) => deployed(world, name, { caller })),
      ),
    );
    const made = outcomes.filter(({ status }) => status === 'fulfilled');
    expect(made).toHaveLength(Math.min(free, outcomes.length));
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test.each([
    ['NVIDIA_VISIBLE_DEVICES under another runtime', { env: ['NVIDIA_VISIBLE_DEVICES=all'] }],
    ['NVIDIA_VISIBLE_DEVICES=void', { runtime: 'nvidia', env: ['NVIDIA_VISIBLE_DEVICES=void'] }],
    ['no GPU', {}],
  ])('with %s blocks nothing', async (_how, changes) => {
    const world = threeGpus();
    world.engine.plant(foreignContainer(1, changes));
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([]);
  });

  test('without asking for a GPU blocks the one on which it computes', async () => {
    const process = {
      pid: 77,
      name: 'python',
      kind: 'C',
      memoryBytes: null,
      gpuInstanceId: null,
      computeInstanceId: null,
    } as const;
    const world = createWorld({ gpus: host(gpu(0), gpu(1, { processes: [process] })) });
    const privileged = foreignContainer(1);
    world.engine.plant(privileged);
    world.containerPids.set(77, privileged.id);
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([gpuUuid(1)]);
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([gpuUuid(1)]);
    world.engine.crash(privileged.id, 0);
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([]);
  });

  test('gives its GPUs back as soon as it stops, without any hold', async () => {
    const world = threeGpus();
    const foreign = foreignContainer(1, gpusFlag({ count: -1 }));
    world.engine.plant(foreign);
    await expect(deployed(world, 'thesis')).rejects.toMatchObject({ code: 'gpu.none-free' });
    world.engine.crash(foreign.id, 0);
    expect(await deployed(world, 'thesis')).toMatchObject({ outcome: 'created' });
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('that does not run blocks nothing', async () => {
    const world = threeGpus();
    const stopped = { ...gpusFlag({ count: -1 }), state: 'exited', pid: null } as const;
    world.engine.plant(foreignContainer(1, stopped));
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([]);
  });

  test('beside a lease gets only what is left, and never takes it away', async () => {
    const world = threeGpus();
    const { lease } = await deployed(world, 'thesis', { gpu: { kind: 'whole', count: 1 } });
    world.engine.plant(foreignContainer(1, gpusFlag({ count: -1 })));
    await listAll(world);
    const { leases } = await lookAt(world);
    expect(leases.find(({ id }) => id === lease?.id)?.state).toBe('bound');
    expect(await heldByForeigners(world)).toHaveLength(3);
  });

  test('with our labels but no signature of ours counts as foreign', async () => {
    const world = threeGpus();
    const labels = { 'ds01.user': 'alice', 'ds01.managed': 'true', 'ds01.name': 'thesis' };
    world.engine.plant(foreignContainer(1, { ...gpusFlag({ count: 1 }), labels }));
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([gpuUuid(0)]);
    expect(await deployed(world, 'thesis')).toMatchObject({ outcome: 'created' });
  });

  test('two of them on the same GPU are one obstacle and no error', async () => {
    const world = threeGpus();
    world.engine.plant(foreignContainer(1, gpusFlag({ count: 1 })));
    world.engine.plant(foreignContainer(2, gpusFlag({ count: -1 })));
    await listAll(world);
    await listAll(world);
    expect([...(await heldByForeigners(world))].toSorted()).toEqual([...everyGpu].toSorted());
    await expect(deployed(world, 'thesis')).rejects.toMatchObject({ code: 'gpu.none-free' });
  });

  test('takes over from another one on the same GPU that stopped', async () => {
    const world = threeGpus();
    const first = foreignContainer(1, gpusFlag({ count: 1 }));
    world.engine.plant(first);
    world.engine.plant(foreignContainer(2, gpusFlag({ count: 1 })));
    await listAll(world);
    world.engine.crash(first.id, 0);
    await listAll(world);
    expect(await heldByForeigners(world)).toEqual([gpuUuid(0)]);
  });
});
