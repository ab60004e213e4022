import { leaseIdSchema, slotsOf, usernameSchema } from '@ds01/contracts';
import type { AllocationSnapshot, Lease } from '@ds01/contracts';
import { allocate } from '@ds01/gpu-allocator';
import type { BenchCase } from '../measurement.ts';
import { partitionedServer, slicesPerDevice } from '../partitioned-server.ts';
import { measurePairs } from '../statistics.ts';

const decisionsPerTurn = 100;
const budgetMicros = 50;
const deviceCount = 8;
const manyDevices = 32;

/**
 * Decisions on a server whose GPUs are all cut into seven instances and leased: the longest way, since
 * every slot is looked at and refused with its reason. All are on one reading of the GPUs, as those of
 * a pass are; the first on a reading takes half as long again.
 */
export const allocateCase: BenchCase = {
  budgets: ['allocate-decision', 'allocate-growth'],
  run: async () => {
    const few = fullSnapshot(deviceCount);
    const many = fullSnapshot(manyDevices);
    const pairs = await measurePairs({
      turns: 100,
      warmUp: 20,
      left: () => timeDecisions(few),
      right: () => timeDecisions(many),
    });
    const micros = (values: readonly number[]): number =>
      (Math.min(...values) * 1000) / decisionsPerTurn;
    const one = micros(pairs.left);
    const grown = micros(pairs.right);
    const growth = manyDevices / deviceCount;
    return [
      {
        name: 'allocate-decision',
        ratio: one / budgetMicros,
        budget: 1,
        raw: `${one.toFixed(1)} us for ${slots(deviceCount)}, ${String(budgetMicros)} us allowed`,
      },
      {
        name: 'allocate-growth',
        ratio: grown / one / growth,
        budget: 1.3,
        raw: `${grown.toFixed(1)} us for ${slots(manyDevices)}, ${String(growth)} times as many`,
      },
    ];
  },
};

function slots(devices: number): string {
  return `${String(devices * slicesPerDevice)} slots`;
}

function timeDecisions(snapshot: AllocationSnapshot): number {
  const policy = {
    user: usernameSchema.parse('alice'),
    strategy: 'packed',
    maxGpuEquivalents: 2,
    aggregateGpuLimit: 4,
    maxSlotsPerContainer: 1,
    allowFullGpu: true,
  } as const;
  const start = performance.now();
  for (let turn = 0; turn < decisionsPerTurn; turn += 1) {
    const { decision } = allocate(snapshot, { kind: 'any' }, policy);
    if (decision !== 'refused') throw new Error('a full server gave a GPU away');
  }
  return performance.now() - start;
}

function fullSnapshot(count: number): AllocationSnapshot {
  const inventory = partitionedServer(count);
  return {
    inventory,
    leases: inventory.devices.flatMap(slotsOf).map((slot, index): Lease => ({
      id: leaseIdSchema.parse(`l${String(index).padStart(20, '0')}`),
      user: usernameSchema.parse(`user${String(index % 20)}`),
      state: 'bound',
      token: index + 1,
      slots: [
        { ...slot, memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices] },
      ],
      containerId: null,
      dockerName: `work._.user${String(index % 20)}`,
      createdAtMs: 0,
      expiresAtMs: null,
      heldUntilMs: null,
    })),
    busy: [],
    reservations: [],
    nowMs: 0,
  };
}
