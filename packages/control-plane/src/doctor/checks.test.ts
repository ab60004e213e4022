import type { GpuDevice } from '@ds01/contracts';
import type { EngineInfo } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import type { LifecycleLoop } from '../lifecycle/loop.ts';
import { keepSteady, readSteady } from '../lifecycle/looking/steady-clock.ts';
import { deployed } from '../testing/commands.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, host, migGpu } from '../testing/gpus.ts';
import { createWorld, type World, type WorldOptions } from '../testing/world.ts';
import { doctor, type DoctorContext } from './doctor.ts';

interface Host {
  readonly world: World;
  /** Changes what the engine says of itself. */
  readonly info?: Partial<EngineInfo>;
  readonly lifecycle?: LifecycleLoop;
}

async function checksOf({ world, info = {}, lifecycle }: Host) {
  const own = world.deps();
  const { engine } = own;
  const said = async () => ({ ...(await engine.info()), ...info });
  const deps = { ...own, engine: { ...engine, info: said } };
  const gate = () => ({ installed: true, mode: 'enforce', message: 'fine' });
  const context: DoctorContext = { gate, ledger: Promise.resolve(deps) };
  const { checks } = await doctor(
    deps,
    lifecycle === undefined ? context : { ...context, lifecycle },
  );
  return checks;
}

async function finding(id: string, given: Host) {
  return (await checksOf(given)).find((check) => check.id === id);
}

function withGpus(...devices: readonly GpuDevice[]): Host {
  return { world: createWorld({ gpus: host(...devices) }) };
}

function withFacts(change: (facts: World['facts']) => void, options: WorldOptions = {}): Host {
  const world = createWorld(options);
  change(world.facts);
  return { world };
}

const severe = { ok: false, severity: 'error', why: expect.any(String) };
const warned = { ok: true, severity: 'warning', why: expect.any(String) };

describe('GPUs and their driver', () => {
  test('its versions are told', async () => {
    const gpus = { ...host(gpu(0)), cudaVersion: '12.4' };
    const found = await finding('driver', { world: createWorld({ gpus }) });
    expect(found).toMatchObject({ ok: true, message: 'driver 550.54.15, CUDA up to 12.4' });
  });

  test('persistence mode that is off, and a MIG mode that waits for a reset, name their GPU', async () => {
    const off = withGpus(gpu(0), gpu(1, { persistenceMode: false }));
    expect(await finding('persistence', off)).toMatchObject({
      ...warned,
      message: 'persistence mode is off on GPU 1',
      hint: 'nvidia-smi -pm 1',
    });
    const waiting = withGpus(gpu(0, { migModePending: 'enabled' }));
    expect(await finding('mig', waiting)).toMatchObject({
      ...warned,
      message: 'a change of MIG waits for a reset of GPU 0 (enabled)',
    });
  });

  test('a CDI description of another driver is stale', async () => {
    const access = { hasDevice: true, hasDeviceLink: true, obeysEnvironment: null };
    const spec = (text: string) => [{ path: '/etc/cdi/nvidia.yaml', text }];
    const of = (text: string) =>
      finding(
        'cdi',
        withFacts((facts) => {
          facts.access = { ...access, specs: spec(text) };
        }),
      );
    expect(await of('/usr/lib/libcuda.so.550.54.15')).toMatchObject({ ok: true, severity: 'info' });
    expect(await of('/usr/lib/libcuda.so.535.1')).toMatchObject({
      ...warned,
      hint: 'nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml',
    });
  });

  test('a default runtime that obeys the environment is told', async () => {
    const info = { defaultRuntime: 'nvidia' };
    expect(await finding('gpu-runtime', { world: createWorld(), info })).toMatchObject(warned);
    const strict = withFacts((facts) => {
      facts.access = { ...facts.access, obeysEnvironment: false };
    });
    expect(await finding('gpu-runtime', { ...strict, info })).toMatchObject({ severity: 'info' });
  });

  test('a container whose GPU was taken away is named, and before that what would take it', async () => {
    const world = createWorld();
    const { container } = await deployed(world, 'thesis');
    const info = { cgroupDriver: 'systemd' } as const;
    world.facts.access = { ...world.facts.access, hasDeviceLink: false };
    expect(await finding('gpu-access', { world, info })).toMatchObject(warned);
    world.facts.lostAccess = [container.id];
    expect(await finding('gpu-access', { world, info })).toMatchObject({
      ...severe,
      hint: `docker restart ${container.dockerName}`,
    });
  });

  test('a GPU, or a part of it, in two running containers is told', async () => {
    const world = createWorld({ gpus: host(migGpu(0), gpu(1)) });
    const [first] = migGpu(0).instances;
    world.engine.plant(foreignContainer(1, gpusFlag({ deviceIds: ['1'] })));
    world.engine.plant(foreignContainer(2, gpusFlag({ deviceIds: ['0:0'] })));
    expect(await finding('duplicates', { world })).toMatchObject({ ok: true, severity: 'info' });
    world.engine.plant(foreignContainer(3, gpusFlag({ deviceIds: [first?.uuid ?? ''] })));
    expect(await finding('duplicates', { world })).toMatchObject({
      ...severe,
      message: `${first?.uuid ?? ''} is in foreign-2 and foreign-3`,
    });
  });
});

describe('the engine', () => {
  test('swap that is not counted is told', async () => {
    const uncounted = withFacts((facts) => {
      facts.swap = false;
    });
    expect(await finding('cgroups', uncounted)).toMatchObject(warned);
  });

  test('its own ranges of addresses are counted', async () => {
    const world = createWorld();
    const pools = (base: string, size: number) => ({ addressPools: [{ base, size }] });
    expect(
      await finding('address-pools', { world, info: pools('192.168.0.0/16', 24) }),
    ).toMatchObject({ ok: true, severity: 'info' });
    const bridge = { name: 'stack_default', bridge: 'br-1', subnet: '192.168.0.0/24', labels: {} };
    await world.engine.createNetwork(bridge);
    expect(
      await finding('address-pools', { world, info: pools('192.168.0.0/24', 24) }),
    ).toMatchObject(severe);
    const clash = createWorld({ settings: 'network: { pool: 192.168.0.0/16, prefix: 26 }\n' });
    expect(
      await finding('address-pools', { world: clash, info: pools('192.168.128.0/17', 24) }),
    ).toMatchObject({ ...warned, hint: 'another network.pool in ds01.yaml' });
  });

  test('a range of ids that are people’s is refused', async () => {
    const info = { hasUserNamespaces: true };
    const of = (first: number) =>
      finding('user-namespaces', {
        ...withFacts((facts) => {
          facts.ranges = [{ name: 'ds01remap', first, count: 65_536 }];
        }),
        info,
      });
    expect(await of(1000)).toMatchObject(severe);
    expect(await of(4_200_000_000)).toMatchObject({ ok: true, severity: 'info' });
  });
});

describe('the host', () => {
  test('units that failed, and those that stand still, are told apart', async () => {
    const of = (state: 'failed' | 'inactive' | 'active') =>
      finding(
        'units',
        withFacts((facts) => {
          facts.unitStates = new Map([
            ['docker.service', 'active'],
            ['ds01d.service', state],
            ['nvidia-persistenced.service', 'absent'],
          ]);
        }),
      );
    expect(await of('active')).toMatchObject({ message: 'active: docker.service, ds01d.service' });
    expect(await of('inactive')).toMatchObject({
      ...warned,
      hint: 'systemctl start ds01d.service',
    });
    expect(await of('failed')).toMatchObject(severe);
  });

  test('a clock that nothing keeps, or that somebody set, is told', async () => {
    const unkept = withFacts((facts) => {
      facts.keptClock = false;
    });
    expect(await finding('clock', unkept)).toMatchObject(warned);
    const world = createWorld();
    const { clock } = world;
    world.store.transaction(({ meta }) => keepSteady(meta, readSteady(meta, clock)));
    clock.jump(-3_600_000);
    expect(await finding('clock', { world })).toMatchObject({
      ...warned,
      message: 'the clock was set 3600 s back; the rules go by another one',
    });
  });

  test('accounts that run out of keys are told before they do', async () => {
    const of = (keys: number) =>
      finding(
        'keys',
        withFacts((facts) => {
          facts.keyUse = [{ uid: 1001, keys, maxKeys: 200 }];
        }),
      );
    expect(await of(100)).toMatchObject({ severity: 'info' });
    expect(await of(170)).toMatchObject(warned);
    expect(await of(200)).toMatchObject(severe);
  });

  test('disks are told when they get full', async () => {
    const gibibyte = 2 ** 30;
    const of = (usedGib: number) => {
      const world = createWorld();
      world.spaces.set('/', { bytes: 100 * gibibyte, usedBytes: usedGib * gibibyte });
      return finding('disks', { world });
    };
    expect(await of(50)).toMatchObject({ severity: 'info' });
    expect(await of(93)).toMatchObject(warned);
    expect(await of(99)).toMatchObject(severe);
  });
});

describe('the rules', () => {
  const rule = { rule: 'idle', lastRanAt: '2026-01-02T03:04:05.000Z', inspected: 3, acted: 0 };
  const status = { pausedUntil: null, highDemand: false, stalledSince: null, rules: [rule] };
  const loopWith = (change: Partial<ReturnType<LifecycleLoop['status']>>): LifecycleLoop => ({
    status: () => ({ ...status, ...change }),
    latest: () => new Map(),
    run: () => Promise.reject(new Error('the doctor only looks')),
    wake: () => undefined,
  });

  test('a loop that stands still fails, one that is paused is told', async () => {
    const of = (change: Parameters<typeof loopWith>[0]) =>
      finding('rules', { world: createWorld(), lifecycle: loopWith(change) });
    expect(await of({})).toMatchObject({ ok: true, severity: 'info' });
    expect(await of({ stalledSince: '2026-01-02T03:00:00.000Z' })).toMatchObject(severe);
    expect(await of({ pausedUntil: '2026-01-02T04:00:00.000Z' })).toMatchObject(warned);
    expect(await of({ rules: [{ ...rule, lastRanAt: null }] })).toMatchObject({ ok: true });
  });
});
