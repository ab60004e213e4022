import { ds01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { gpuStatus } from './gpu.ts';
import { recreate } from './recreate.ts';
import { retire } from './remove.ts';
import { exec } from './session.ts';
import { stop } from './stop.ts';
import { deployed, listAll, requestFor } from './testing/commands.ts';
import { gpu, gpuUuid, host } from './testing/gpus.ts';
import { brokenInvariants, brokenSafety, lookAt } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, hourMs, roomyLimits } from './testing/world.ts';
import { list, show, start } from './verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };
const oneEach = roomyLimits.replace('equivalents: 2', 'equivalents: 1');
const process = {
  name: 'python',
  memoryBytes: 1,
  gpuInstanceId: null,
  computeInstanceId: null,
  kind: null,
} as const;

describe('a GPU that vanishes', () => {
  test('turns its lease into a lost one, which comes back with it', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(1)));
    await listAll(world);
    expect((await lookAt(world)).leases).toMatchObject([{ state: 'lost' }]);
    world.probe.set(host(gpu(0), gpu(1)));
    await listAll(world);
    expect((await lookAt(world)).leases).toMatchObject([{ state: 'bound' }]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('is not given to others under the number that it had', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, { uuid: gpu(1).uuid })));
    const { lease } = await deployed(world, 'other', { caller: bob });
    expect(lease?.uuids).toEqual([gpuUuid(1)]);
    world.probe.set(host(gpu(0), gpu(1)));
    await listAll(world);
    expect(await brokenInvariants(world)).toEqual([]);
  });
});

const failed = {
  state: 'unhealthy',
  failed: true,
  reasons: ['Xid 79: the GPU has fallen off the bus.'],
} as const;

describe('a GPU that fails', () => {
  test('loses its lease, nobody else gets it, and the others go on', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, { health: failed }), gpu(1)));
    const { lease } = await deployed(world, 'other', { caller: bob });
    expect(lease?.uuids).toEqual([gpuUuid(1)]);
    await expect(deployed(world, 'third', { caller: bob })).rejects.toMatchObject({
      code: 'gpu.none-free',
    });
    expect((await lookAt(world)).leases.map(({ state }) => state)).toEqual(['lost', 'bound']);
    expect(await brokenSafety(world)).toEqual([]);
  });

  test('is told to whoever had it, with what to do', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, { health: failed }), gpu(1)));
    const problem = 'GPU 0 has failed: Xid 79: the GPU has fallen off the bus';
    expect((await list(world.deps(), alice, { all: true })).containers).toMatchObject([
      { gpuProblem: problem },
    ]);
    const view = await show(world.deps(), alice, { name: 'thesis' });
    expect(view.container.gpuProblem).toBe(problem);
    const lost = {
      code: 'gpu.lost',
      message: expect.stringContaining(problem),
      hint: 'ds01 container stop thesis',
    };
    await expect(start(world.deps(), alice, { name: 'thesis' })).rejects.toMatchObject(lost);
    await expect(deployed(world, 'thesis')).rejects.toMatchObject(lost);
    await stop(world.deps(), alice, thesis);
    await expect(start(world.deps(), alice, { name: 'thesis' })).rejects.toMatchObject({
      code: 'gpu.lost',
      hint: 'ds01 container start thesis --recreate',
    });
    const status = await gpuStatus(world.deps(), alice, { onlyOwn: true });
    expect(status.devices).toMatchObject([
      { index: 0, health: 'unhealthy', healthReasons: failed.reasons, slots: [{ state: 'lost' }] },
    ]);
  });

  test('is no place to run in, but whoever had it still gets in', async () => {
    const world = createWorld({ gpus: host(gpu(0)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, { health: failed })));
    const input = {
      name: 'thesis',
      command: ['true'],
      tty: false,
      stdin: false,
      size: null,
      env: {},
      keep: false,
    };
    await expect(exec(world.deps(), alice, { ...input, startFirst: true })).rejects.toMatchObject({
      code: 'gpu.lost',
    });
    const session = await exec(world.deps(), alice, { ...input, startFirst: false });
    expect(await session.exited).toBe(0);
  });

  test('is left for another by --recreate, and by retiring', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)), limits: oneEach });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, { health: failed }), gpu(1)));
    await stop(world.deps(), alice, thesis);
    const again = await recreate(world.deps(), alice, { name: 'thesis' });
    expect(again.container.slots).toEqual(['1']);
    expect(await brokenInvariants(world)).toEqual([]);
    await retire(world.deps(), alice, thesis);
    expect((await lookAt(world)).leases).toEqual([]);
  });

  test('gives the lease back, running or held, once it is healthy again', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    await deployed(world, 'held', { caller: bob });
    await stop(world.deps(), bob, { ...thesis, name: 'held' });
    const sick = { health: failed };
    world.probe.set(host(gpu(0, sick), gpu(1, sick)));
    await listAll(world);
    expect((await lookAt(world)).leases.map(({ state }) => state)).toEqual(['lost', 'lost']);
    world.probe.fail(ds01Error('gpu.probe-failed', { message: 'nvidia-smi hangs' }));
    await listAll(world);
    expect((await lookAt(world)).leases.map(({ state }) => state)).toEqual(['lost', 'lost']);
    // In the other order: indexes are not what a lease goes by.
    world.probe.set(host(gpu(0, { uuid: gpu(1).uuid }), gpu(1, { uuid: gpu(0).uuid })));
    await listAll(world);
    expect((await lookAt(world)).leases.map(({ state }) => state)).toEqual(['bound', 'held']);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('and that nobody can describe any more stays as it was', async () => {
    const unknown = { health: { state: 'unknown', reasons: ['?'] }, migMode: 'unknown' } as const;
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, unknown), gpu(1)));
    await listAll(world);
    expect((await lookAt(world)).leases).toMatchObject([{ state: 'bound' }]);
    world.probe.set(host(gpu(0, { health: failed }), gpu(1)));
    await listAll(world);
    world.probe.set(host(gpu(0, unknown), gpu(1)));
    await listAll(world);
    expect((await lookAt(world)).leases).toMatchObject([{ state: 'lost' }]);
  });
});

describe('a GPU that is unhealthy, but works', () => {
  test('stays with whoever has it, who is told, and goes to nobody else', async () => {
    const health = { state: 'unhealthy', reasons: ['Row remapping failed.'] } as const;
    const world = createWorld({ gpus: host(gpu(0)) });
    await deployed(world, 'thesis');
    world.probe.set(host(gpu(0, { health })));
    expect((await list(world.deps(), alice, { all: true })).containers).toMatchObject([
      { gpuProblem: 'GPU 0 is unhealthy: Row remapping failed' },
    ]);
    expect((await lookAt(world)).leases).toMatchObject([{ state: 'bound' }]);
    await retire(world.deps(), alice, thesis);
    await expect(deployed(world, 'thesis')).rejects.toMatchObject({ code: 'gpu.none-free' });
    expect([...world.gate.free]).toEqual([]);
  });
});

describe('GPUs that cannot be read', () => {
  test('are not given out, and everything else works', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    world.probe.fail(ds01Error('gpu.probe-failed', { message: 'nvidia-smi hangs' }));
    await expect(deployed(world, 'other', { caller: bob })).rejects.toMatchObject({
      code: 'gpu.probe-failed',
      message: 'nvidia-smi hangs',
    });
    const { containers, notices } = await list(world.deps(), alice, { all: true });
    expect(containers).toHaveLength(1);
    expect(notices).toEqual(['GPU state unknown: nvidia-smi hangs']);
    const cpuOnly = await deployed(world, 'cpu', { caller: bob, gpu: { kind: 'none' } });
    expect(cpuOnly.outcome).toBe('created');
    await stop(world.deps(), alice, thesis);
    await start(world.deps(), alice, { name: 'thesis' });
    expect(await brokenInvariants(world)).toEqual([]);
    await retire(world.deps(), alice, thesis);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('are not declared lost', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    world.probe.fail(ds01Error('gpu.probe-failed', { message: 'nvidia-smi fails' }));
    await listAll(world);
    expect((await lookAt(world)).leases).toMatchObject([{ state: 'bound' }]);
  });
});

describe('a process of the host on a GPU', () => {
  test('keeps that GPU from being given out until it ends', async () => {
    const world = createWorld({ gpus: host(gpu(0, { processes: [{ ...process, pid: 77 }] })) });
    await expect(deployed(world, 'thesis')).rejects.toMatchObject({ code: 'gpu.none-free' });
    const status = await gpuStatus(world.deps(), alice, { onlyOwn: false });
    expect(status.devices[0]?.slots).toMatchObject([{ state: 'busy' }]);
    world.probe.set(host(gpu(0)));
    expect(await deployed(world, 'thesis')).toMatchObject({ outcome: 'created' });
  });

  test('that runs inside a container is no obstacle', async () => {
    const world = createWorld({ gpus: host(gpu(0, { processes: [{ ...process, pid: 77 }] })) });
    const { container } = await deployed(world, 'cpu', { gpu: { kind: 'none' } });
    world.containerPids.set(77, container.id);
    expect(await deployed(world, 'thesis')).toMatchObject({ outcome: 'created' });
  });
});

describe('quota', () => {
  const one = roomyLimits.replace('equivalents: 2', 'equivalents: 1');

  test('counts held GPUs until they are released', async () => {
    const world = createWorld({ limits: one });
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    await expect(deployed(world, 'other')).rejects.toMatchObject({ code: 'quota.gpu-exceeded' });
    world.clock.advance(hourMs);
    expect(await deployed(world, 'other')).toMatchObject({ outcome: 'created' });
  });

  test('counts reservations of commands that are still at work', async () => {
    const world = createWorld({ limits: one });
    const refused: unknown[] = [];
    const first = world.process(async (call) => {
      if (call.label !== 'pins.pin' || call.phase !== 'before') {
        return undefined;
      }
      refused.push(await deployed(world, 'other').catch((error: unknown) => error));
      return undefined;
    });
    await deploy(first.deps, alice, requestFor('thesis'));
    expect(refused).toEqual([expect.objectContaining({ code: 'quota.gpu-exceeded' })]);
  });

  test('of containers counts stopped ones and those that are being made', async () => {
    const limits = roomyLimits.replace('containers_per_user: 3', 'containers_per_user: 2');
    const world = createWorld({ limits });
    const gpuLess = { gpu: { kind: 'none' } } as const;
    await deployed(world, 'thesis', gpuLess);
    await stop(world.deps(), alice, thesis);
    const outcomes = await Promise.allSettled(
      ['two', 'three', 'four'].map((name) => deployed(world, name, gpuLess)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject({ code: 'quota.containers-exceeded' });
    }
  });

  test('says where the limit is written', async () => {
    const world = createWorld({ limits: one });
    await deployed(world, 'thesis');
    await expect(deployed(world, 'other')).rejects.toMatchObject({
      message: expect.stringContaining('resource-limits.yaml line 3'),
    });
  });
});
