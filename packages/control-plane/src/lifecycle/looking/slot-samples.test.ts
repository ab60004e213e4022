import { containerIdSchema, slotsOf, type GpuDevice, type GpuProcess } from '@ds01/contracts';
import type { SlotUtilization } from '@ds01/ports';
import { expect, test } from 'vitest';
import { gpu, host, migGpu } from '../../testing/gpus.ts';
import { slotSamples } from './slot-samples.ts';

const own = containerIdSchema.parse('a'.repeat(64));
const other = containerIdSchema.parse('b'.repeat(64));
const megabyte = 2 ** 20;
/** Own container: 1, another: 2, the host: 3; what has ended or can't be seen: the rest. */
const processes = {
  containerOf: (pid: number) => (pid === 1 ? own : pid === 2 ? other : null),
  describe: (pid: number) =>
    pid === 3 ? { pid, uid: 0, program: 'python3', startedAtMs: null } : null,
};

function on(pid: number, changes: Partial<GpuProcess> = {}): GpuProcess {
  const unknown = { kind: 'C', memoryBytes: null, gpuInstanceId: null, computeInstanceId: null };
  return { pid, name: 'python3', ...unknown, ...changes } as GpuProcess;
}

function samplesOf(device: GpuDevice, utilization: readonly SlotUtilization[] | null = null) {
  const inventory = host(device);
  const slots = slotsOf(device).map((slot) => ({
    ...slot,
    memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices],
  }));
  return slotSamples({ containerId: own, slots, inventory, utilization, processes });
}

const silent = { utilizationPercent: null } as const;
/** A 3g.20gb (instance 1) and a 2g.10gb (instance 2). */
const divided = migGpu(0);

function withMemory(usedBytes: number | null): GpuDevice {
  const [first, ...rest] = divided.instances;
  if (first === undefined) throw new Error('no instance');
  return { ...divided, instances: [{ ...first, memoryUsedBytes: usedBytes }, ...rest] };
}

test('a whole GPU is used as much as the driver says, or the other source when that says more', () => {
  expect(samplesOf(gpu(0, { utilizationPercent: 7 }))).toMatchObject([
    { slot: '0', utilizationPercent: 7 },
  ]);
  const told = [{ deviceUuid: gpu(0).uuid, gpuInstanceId: null, percent: 30 }];
  expect(samplesOf(gpu(0, { utilizationPercent: 7 }), told)[0]?.utilizationPercent).toBe(30);
  expect(samplesOf(gpu(0, silent), told)[0]?.utilizationPercent).toBe(30);
});

test('of an instance the driver’s figure for the whole GPU says nothing', () => {
  const told = [{ deviceUuid: divided.uuid, gpuInstanceId: 2, percent: 55 }];
  expect(samplesOf({ ...divided, utilizationPercent: 90 }, told)).toMatchObject([
    { slot: '0:0', utilizationPercent: null, inUse: false },
    { slot: '0:1', utilizationPercent: 55 },
  ]);
});

test('an instance with a process of the container is in use, the one beside it is not', () => {
  const process = on(1, { gpuInstanceId: 1, computeInstanceId: 0 });
  expect(samplesOf({ ...divided, processes: [process] }).map(({ inUse }) => inUse)).toEqual([
    true,
    false,
  ]);
  // The driver doesn't say which instance.
  expect(samplesOf({ ...divided, processes: [on(1)] }).map(({ inUse }) => inUse)).toEqual([
    true,
    true,
  ]);
});

test('memory that is taken without a process that is seen is use; what the driver takes itself is not', () => {
  expect(samplesOf(withMemory(26 * megabyte))[0]?.inUse).toBe(false);
  expect(samplesOf(withMemory(300 * megabyte))[0]?.inUse).toBe(true);
  expect(samplesOf(withMemory(null))[0]?.inUse).toBeNull();
  expect(samplesOf(gpu(0, { ...silent, memoryUsedBytes: 59 * megabyte }))[0]?.inUse).toBe(false);
  expect(samplesOf(gpu(0, { ...silent, memoryUsedBytes: 400 * megabyte }))[0]?.inUse).toBe(true);
});

test('what others do on its GPU is not the container’s', () => {
  const taken = { ...silent, memoryUsedBytes: 900 * megabyte };
  const theirs = [on(2, { memoryBytes: 450 * megabyte }), on(3, { memoryBytes: 440 * megabyte })];
  expect(samplesOf(gpu(0, { ...taken, processes: theirs }))[0]?.inUse).toBe(false);
  const known = gpu(0, { ...taken, processes: [on(3)] });
  expect(samplesOf(known)[0]?.inUse).toBeNull();
});

test('a process that can’t be looked at may be the container’s', () => {
  expect(samplesOf(gpu(0, { ...silent, processes: [on(99)] }))[0]?.inUse).toBe(true);
});

test('what can’t be known is unknown', () => {
  const doubtful = gpu(0, { ...silent, health: { state: 'unknown', reasons: ['not described'] } });
  expect(samplesOf(doubtful)).toEqual([{ slot: '0', utilizationPercent: null, inUse: null }]);
  const slots = slotsOf(gpu(0)).map((slot) => ({ ...slot, memorySlices: null }));
  const lost = { containerId: own, slots, utilization: null, processes };
  const unknown = [{ slot: '0', utilizationPercent: null, inUse: null }];
  expect(slotSamples({ ...lost, inventory: null })).toEqual(unknown);
  expect(slotSamples({ ...lost, inventory: host(gpu(1)) })).toEqual(unknown);
});
