import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memorySlicesPerDevice, slotsOf } from '@ds01/contracts';
import {
  createGpuSimControl,
  generationDrivers,
  prepareGpuSim,
  type PrepareOptions,
} from '@ds01/gpu-sim';
import type { GpuProbe } from '@ds01/ports';
import { describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from './fixtures/clocks.ts';
import { createKernelLog } from './kernel-log.ts';
import { createNvidiaSmiProbe } from './nvidia-smi-probe.ts';
import { describeProbeContract } from './probe.contract.ts';

type Topology = PrepareOptions['topology'];

async function simulate(topology: Topology, timeoutMs = 20_000) {
  const directory = await mkdtemp(join(tmpdir(), 'ds01-probe-'));
  const { nvidiaSmiPath } = await prepareGpuSim({ topology, directory, warmUp: false });
  const probe = createNvidiaSmiProbe({
    path: nvidiaSmiPath,
    timeoutMs,
    cacheMs: 1000,
    clock: systemClock,
  });
  const become = async (next: Topology): Promise<void> => {
    await prepareGpuSim({ topology: next, directory, warmUp: false });
  };
  return { probe, become, dispose: () => rm(directory, { recursive: true, force: true }) };
}

async function probeOf(topology: Topology, timeoutMs?: number): Promise<GpuProbe> {
  const { probe, dispose } = await simulate(topology, timeoutMs);
  onTestFinished(dispose);
  return probe;
}

describeProbeContract('nvidia-smi', async () => {
  const { probe, become, dispose } = await simulate('l40sx2');
  return {
    probe,
    showTwo: () => become('l40sx2'),
    showNone: () => become('none'),
    breakDown: () => become({ mode: 'failing', devices: [] }),
    dispose,
  };
});

const everySlice = Array.from({ length: memorySlicesPerDevice }, (_, slice) => slice);

test('a partitioned A100 has its instances with profile, placement and memory', async () => {
  const { devices } = await (await probeOf('a100x4-mig')).read();
  expect(devices.map((device) => [device.migMode, device.health.state])).toEqual([
    ['disabled', 'healthy'],
    ['disabled', 'healthy'],
    ['disabled', 'healthy'],
    ['enabled', 'healthy'],
  ]);
  const slots = devices.flatMap((device) => slotsOf(device));
  expect(slots.map(({ slot, profile, memorySlices }) => [slot, profile, memorySlices])).toEqual([
    ['0', null, everySlice],
    ['1', null, everySlice],
    ['2', null, everySlice],
    ['3:0', '3g.20gb', [4, 5, 6, 7]],
    ['3:1', '2g.10gb', [0, 1]],
    ['3:2', '1g.5gb', [2]],
    ['3:3', '1g.5gb', [3]],
  ]);
  expect(slots.map((slot) => slot.memoryBytes)).not.toContain(null);
});

test('eight H100 are linked each with each, on two NUMA nodes', async () => {
  const { devices, links } = await (await probeOf('h100x8')).read();
  expect(devices.map((device) => device.numaNode)).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(links).toHaveLength(28);
  expect(new Set(links.map((link) => `${link.kind} ${link.nvlinkCount}`))).toEqual(
    new Set(['nvlink 18']),
  );
});

test('a process of the host is listed with its memory', async () => {
  const [device] = (
    await (
      await probeOf({
        devices: [
          {
            index: 0,
            model: 'NVIDIA L40S',
            processes: [{ pid: 4711, name: '/usr/bin/python3', usedMemoryMiB: 1024 }],
          },
        ],
      })
    ).read()
  ).devices;
  expect(device?.processes).toEqual([
    {
      pid: 4711,
      kind: 'C',
      name: '/usr/bin/python3',
      memoryBytes: 1024 * 1024 * 1024,
      gpuInstanceId: null,
      computeInstanceId: null,
    },
  ]);
});

test('a GPU whose rows can’t be remapped is unhealthy, a lost one is gone', async () => {
  const model = 'NVIDIA H100 80GB HBM3';
  const probe = await probeOf({
    devices: [
      { index: 0, model },
      { index: 1, model, health: { remappedRows: { failure: true } } },
      { index: 2, model, health: { lost: true } },
      { index: 3, model },
    ],
  });
  const { devices } = await probe.read();
  expect(devices.map((device) => [device.index, device.health.state])).toEqual([
    [0, 'healthy'],
    [1, 'unhealthy'],
    [3, 'healthy'],
  ]);
});

test('a tool that hangs is given up in time', async () => {
  const probe = await probeOf({ mode: 'hanging', devices: [] }, 200);
  await expect(probe.read()).rejects.toMatchObject({
    code: 'gpu.probe-failed',
    details: { outcome: 'timed-out' },
  });
});

describe('a GPU that falls off the bus', () => {
  async function hostOf(topology: Topology) {
    const directory = await mkdtemp(join(tmpdir(), 'ds01-probe-'));
    onTestFinished(() => rm(directory, { recursive: true, force: true }));
    const { nvidiaSmiPath, kernelLogPath } = await prepareGpuSim({
      topology,
      directory,
      warmUp: false,
    });
    const kernelLog = createKernelLog(kernelLogPath);
    onTestFinished(() => kernelLog.close());
    const control = createGpuSimControl(directory);
    const probe = createNvidiaSmiProbe({
      path: nvidiaSmiPath,
      timeoutMs: 20_000,
      cacheMs: 0,
      clock: systemClock,
      kernelLog,
    });
    const states = async () => {
      const { devices, notices } = await probe.read();
      return {
        devices: devices.map(({ index, health }) => [index, health.state, health.failed ?? false]),
        lost: (notices ?? []).filter(({ kind }) => kind === 'lost'),
      };
    };
    return { probe, control, states };
  }
  const healthy = (...indexes: readonly number[]) => indexes.map((at) => [at, 'healthy', false]);

  test.each(['legacy', 'v11', 'v12', 'v13'] as const)(
    'under %s leaves the others as they are, is named, and comes back',
    async (generation) => {
      const model = 'NVIDIA A100-SXM4-40GB';
      const { control, states, probe } = await hostOf({
        ...generationDrivers[generation],
        devices: [0, 1, 2].map((index) => ({ index, model })),
      });
      const before = await probe.read();
      await control.loseDevice('1');
      const { devices, lost } = await states();
      expect(devices).toEqual(healthy(0, 2));
      expect(lost).toMatchObject([
        { uuid: before.devices[1]?.uuid, message: expect.stringContaining('Xid 79') },
      ]);
      await control.restoreDevice('1');
      expect(await states()).toEqual({ devices: healthy(0, 1, 2), lost: [] });
      expect((await probe.read()).devices).toEqual(before.devices);
    },
  );

  test('but is still listed has failed', async () => {
    const { control, states } = await hostOf('l40sx2');
    await control.loseDevice('0', 'values');
    expect((await states()).devices).toEqual([[0, 'unhealthy', true], ...healthy(1)]);
  });

  test.each([
    ['550.163.01', 48, true],
    ['550.163.01', 13, false],
    ['550.163.01', 94, false],
    ['580.105.08', 119, true],
  ] as const)('driver %s: Xid %i makes a GPU failed: %s', async (driverVersion, code, failed) => {
    const devices = [0, 1].map((index) => ({ index, model: 'NVIDIA L40S' }));
    const { control, states } = await hostOf({ driverVersion, devices });
    await control.injectXid('1', code);
    expect((await states()).devices).toEqual([
      ...healthy(0),
      failed ? [1, 'unhealthy', true] : [1, 'healthy', false],
    ]);
  });

  test('a driver that names a recovery action is believed about what it sums up', async () => {
    const devices = [{ index: 0, model: 'NVIDIA L40S' }];
    const { control, states } = await hostOf({ driverVersion: '580.105.08', devices });
    await control.injectXid('0', 95);
    expect((await states()).devices).toEqual(healthy(0));
    await control.setHealth('0', { recoveryAction: 'Reset' });
    expect((await states()).devices).toEqual([[0, 'unhealthy', true]]);
  });
});
