import {
  deviceUuidSchema,
  leaseIdSchema,
  slotsOf,
  slotUuidSchema,
  usernameSchema,
  type AllocationSnapshot,
  type GpuDevice,
  type Lease,
} from '@ds01/contracts';
import { allocate } from './allocate.ts';

const slicesPerDevice = 7;

/** A snapshot of so many A100s, each in seven `1g.5gb` instances, every one of them leased. */
export function fullSnapshot(deviceCount: number): AllocationSnapshot {
  const devices = Array.from({ length: deviceCount }, (_, index) => partitionedDevice(index));
  return {
    inventory: { driverVersion: '590.48.01', devices, links: [] },
    leases: devices.flatMap(slotsOf).map((slot, index): Lease => ({
      id: leaseIdSchema.parse(`l${String(index).padStart(20, '0')}`),
      user: usernameSchema.parse(`user${index % 20}`),
      state: 'bound',
      token: index + 1,
      slots: [
        {
          slot: slot.slot,
          uuid: slot.uuid,
          deviceUuid: slot.deviceUuid,
          profile: slot.profile,
          gpuEquivalents: slot.gpuEquivalents,
          memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices],
        },
      ],
      containerId: null,
      dockerName: `work._.user${index % 20}`,
      createdAtMs: 0,
      expiresAtMs: null,
      heldUntilMs: null,
    })),
    busy: [],
    reservations: [],
    nowMs: 0,
  };
}

/**
 * Microseconds of one refused decision on {@link fullSnapshot}, warm: the fastest of some batches of
 * 100, which is what it costs when nobody else wants the processor.
 */
export function measureAllocation(deviceCount: number, batches = 60): number {
  const snapshot = fullSnapshot(deviceCount);
  const policy = {
    user: usernameSchema.parse('alice'),
    strategy: 'packed',
    maxGpuEquivalents: 2,
    aggregateGpuLimit: 4,
    maxSlotsPerContainer: 1,
    allowFullGpu: true,
  } as const;
  const times: number[] = [];
  const perBatch = 100;
  for (let turn = 0; turn < 5000; turn += 1) allocate(snapshot, { kind: 'any' }, policy);
  for (let batch = 0; batch < batches; batch += 1) {
    const start = performance.now();
    for (let turn = 0; turn < perBatch; turn += 1) allocate(snapshot, { kind: 'any' }, policy);
    times.push(((performance.now() - start) * 1000) / perBatch);
  }
  return Math.min(...times);
}

function partitionedDevice(index: number): GpuDevice {
  const hex = index.toString(16).padStart(8, '0');
  return {
    index,
    uuid: deviceUuidSchema.parse(`GPU-${hex}`),
    model: 'NVIDIA A100-SXM4-40GB',
    memoryBytes: 42_949_672_960,
    memoryUsedBytes: 0,
    utilizationPercent: null,
    pciBusId: null,
    numaNode: 0,
    migMode: 'enabled',
    health: { state: 'healthy', reasons: [] },
    instances: Array.from({ length: slicesPerDevice }, (_, slice) => ({
      index: slice,
      uuid: slotUuidSchema.parse(`MIG-${hex}-${slice}`),
      profile: '1g.5gb',
      gpuInstanceId: slice + 7,
      computeInstanceId: 0,
      placement: { start: slice, size: 1 },
      memoryBytes: 5_100_273_664,
      memoryUsedBytes: 0,
    })),
    processes: [],
  };
}
