import { ds01Error } from '@ds01/contracts';
import { overviewSchema } from '@ds01/contracts/lifecycle';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LifecycleLoop } from '../lifecycle/loop.ts';
import { putWish } from '../lifecycle/asking/wish.ts';
import { deployed } from '../testing/commands.ts';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { adminOverview } from './overview.ts';

const quietLoop: LifecycleLoop = {
  status: () => ({ pausedUntil: null, highDemand: false, stalledSince: null, rules: [] }),
  latest: () => new Map(),
  run: async () => ({ inspected: 0, actions: [], failed: [] }),
  wake: () => undefined,
};

let world: World;
const look = (changes: Partial<LifecycleLoop> = {}) =>
  adminOverview(world.deps(), { caller: dana, lifecycle: { ...quietLoop, ...changes } });
const messages = async (changes: Partial<LifecycleLoop> = {}) =>
  (await look(changes)).alerts.map(({ severity, message }) => `${severity}: ${message}`);

beforeEach(() => {
  world = createWorld({ accounts: [alice.owner, bob.owner, dana.owner] });
});
afterEach(() => {
  world.close();
});

test('has everybody’s containers with what they use, GPUs with their holders, and users', async () => {
  const { container } = await deployed(world, 'thesis');
  await deployed(world, 'idle', { caller: bob, gpu: { kind: 'none' } });
  const use = { cpuPercent: 150, memoryBytes: 2 ** 20, memoryLimitBytes: 2 ** 30 };
  const latest = () => new Map([[container.id, { ...use, lastActiveAtMs: world.clock.nowMs() }]]);
  const overview = await look({ latest });
  expect(overviewSchema.parse(overview)).toEqual(overview);
  expect(overview.containers).toMatchObject([
    { dockerName: 'idle._.bob', cpuPercent: null, lastActiveAt: null },
    { dockerName: 'thesis._.alice', ...use },
  ]);
  const slots = overview.gpus.devices.flatMap((device) => device.slots);
  expect(slots.filter(({ user }) => user === 'alice')).toMatchObject([{ container: 'thesis' }]);
  expect(overview.users).toMatchObject([
    { user: 'alice', running: 1, gpuEquivalents: 1, maxGpuEquivalents: 2, cpuPercent: 150 },
    { user: 'bob', running: 1, gpuEquivalents: 0, cpuPercent: null },
  ]);
  expect(overview.system).toMatchObject({ cpus: 16, load1: 1 });
  expect(overview.alerts).toEqual([]);
});

test('lists the engine once', async () => {
  await deployed(world, 'thesis');
  await look();
  let listings = 0;
  const deps = world.deps();
  const engine = {
    ...deps.engine,
    listContainers: (options?: Parameters<typeof deps.engine.listContainers>[0]) => {
      listings += 1;
      return deps.engine.listContainers(options);
    },
    inspectContainer: () => Promise.reject(new Error('a known container was inspected')),
  };
  await adminOverview({ ...deps, engine }, { caller: dana, lifecycle: quietLoop });
  expect(listings).toBe(1);
});

test('sick GPUs, full disks, rules that stand still and people at their limits are alerts', async () => {
  await deployed(world, 'one');
  await deployed(world, 'two');
  world.spaces.set('/', { bytes: 1000, usedBytes: 950 });
  const health = { state: 'unhealthy' as const, reasons: ['Xid 79.'] };
  world.probe.set(host(gpu(0), gpu(1), gpu(2, { health })));
  const stalledSince = '2026-01-02T03:04:05.000Z';
  const status = () => ({ ...quietLoop.status(), stalledSince, highDemand: true });
  expect(await messages({ status })).toEqual([
    'error: GPU 2 is unhealthy: Xid 79.',
    `error: nothing was measured or looked at since ${stalledSince}`,
    'warning: the disk of / is 95 % full',
    'info: the server is in high demand: idle timeouts are shorter',
    'info: alice has 2 of 2 GPU equivalents',
  ]);
});

test('GPUs that can’t be read are an alert, and nothing else is missing', async () => {
  await deployed(world, 'thesis');
  world.probe.fail(ds01Error('gpu.probe-failed', { message: 'nvidia-smi hangs' }));
  const overview = await look();
  expect(overview.gpus.devices).toEqual([]);
  expect(overview.containers).toHaveLength(1);
  expect(overview.alerts[0]?.message).toMatch(/^the GPUs can’t be read: .*nvidia-smi hangs/);
});

test('who asks for more runtime is an alert', async () => {
  const { container } = await deployed(world, 'thesis', { gpu: { kind: 'none' } });
  const request = { byMs: 6 * hourMs, reason: null, atWallMs: world.clock.nowMs() };
  world.store.transaction(({ meta }) => putWish(meta, container.id, { request }));
  expect(await messages()).toEqual(['warning: alice/thesis asks for 6h more runtime']);
});

test('errors of the configuration are an alert', async () => {
  await deployed(world, 'thesis', { gpu: { kind: 'none' } });
  world.setLimits('defaults: {max_gpu_equivalents: lots}');
  expect(await messages()).toEqual([
    'error: the configuration has errors; the last good one is in force',
  ]);
});

test('without a daemon that is an alert', async () => {
  const { alerts } = await adminOverview(world.deps(), { caller: dana, lifecycle: null });
  expect(alerts).toMatchObject([{ severity: 'warning', hint: 'systemctl start ds01d' }]);
});
