import { describe, expect, test } from 'vitest';
import { slotUuidSchema, type AllocationPolicy, type GpuRequest } from '@ds01/contracts';
import { allocate } from './allocate.ts';
import { slotStates } from './slot-states.ts';
import {
  alice,
  bob,
  gpu,
  leaseOf,
  migGpu,
  policyOf,
  slotNamed,
  snapshotOf,
} from './testing/build.ts';
import { usageOf } from './usage.ts';

const any: GpuRequest = { kind: 'any' };

function namesOf(decision: ReturnType<typeof allocate>): readonly string[] {
  return decision.decision === 'placed' ? decision.slots.map((slot) => slot.slot) : [decision.code];
}

const threeSlices = migGpu(0, [
  ['3g.20gb', 0, 4],
  ['2g.10gb', 4, 2],
  ['1g.5gb', 6, 1],
]);

describe('what the predecessor got wrong', () => {
  test('GPU 2 comes before GPU 10', () => {
    const devices = [gpu(10), gpu(2)];
    expect(namesOf(allocate(snapshotOf(devices), any, policyOf()))).toEqual(['2']);
  });

  test('instance 2 comes before instance 10', () => {
    const shapes = Array.from({ length: 4 }, (_, slice) => ['1g.6gb', slice, 1] as const);
    const device = migGpu(0, shapes, { model: 'NVIDIA A30' });
    const instances = device.instances.map((instance, place) => ({
      ...instance,
      index: [10, 11, 2, 12][place] ?? 0,
    }));
    const snapshot = snapshotOf([{ ...device, instances }]);
    expect(namesOf(allocate(snapshot, any, policyOf()))).toEqual(['0:2']);
  });

  test('a MIG instance weighs what its own profile says, not 0 and not 1', () => {
    const devices = [threeSlices, gpu(1)];
    const leases = [
      leaseOf(1, [slotNamed(devices, '1')]),
      leaseOf(2, [slotNamed(devices, '0:0')]),
      leaseOf(3, [slotNamed(devices, '0:1')]),
    ];
    expect(usageOf(leases, alice)).toEqual({ gpuEquivalents: expect.closeTo(12 / 7), slots: 3 });
    const policy = policyOf({ maxGpuEquivalents: 13 / 7 });
    expect(namesOf(allocate(snapshotOf(devices, { leases }), any, policy))).toEqual(['0:2']);
  });

  test.each([
    ['1c.3g.20gb', 'NVIDIA A100-SXM4-40GB', 1 / 7],
    ['2g.35gb+me', 'NVIDIA H200', 2 / 7],
    ['1g.6gb', 'NVIDIA A30', 1 / 4],
  ])('%s on %s weighs %f', (profile, model, weight) => {
    const devices = [migGpu(0, [[profile, 0, 2]], { model })];
    const decision = allocate(snapshotOf(devices), { kind: 'mig', profile, count: 1 }, policyOf());
    expect(decision).toMatchObject({ decision: 'placed', gpuEquivalents: weight });
  });

  test('a request for a small instance is not charged a whole GPU', () => {
    const policy = policyOf({ maxGpuEquivalents: 0.15 });
    const decision = allocate(snapshotOf([threeSlices]), any, policy);
    expect(namesOf(decision)).toEqual(['0:2']);
  });

  test('the cap per container is not a cap on all of a user’s containers', () => {
    const devices = [gpu(0), gpu(1), gpu(2), gpu(3)];
    const leases = [leaseOf(1, [slotNamed(devices, '0')]), leaseOf(2, [slotNamed(devices, '1')])];
    const policy = policyOf({ maxSlotsPerContainer: 2 });
    const two = allocate(snapshotOf(devices, { leases }), { kind: 'whole', count: 2 }, policy);
    expect(namesOf(two)).toEqual(['2', '3']);
    const three = allocate(snapshotOf(devices), { kind: 'whole', count: 3 }, policy);
    expect(three).toMatchObject({ code: 'quota.slots-per-container', retryable: false });
  });

  test('the quota counts slots, not containers', () => {
    const devices = [gpu(0), gpu(1), gpu(2)];
    const leases = [leaseOf(1, [slotNamed(devices, '0'), slotNamed(devices, '1')])];
    const policy = policyOf({ maxGpuEquivalents: 2 });
    expect(allocate(snapshotOf(devices, { leases }), any, policy)).toMatchObject({
      code: 'quota.gpu-exceeded',
      retryable: true,
      details: { used: 2, allowed: 2, askedGpuEquivalents: 1, limitKey: 'max_gpu_equivalents' },
    });
  });

  const capsOnly: readonly Partial<AllocationPolicy>[] = [
    { maxGpuEquivalents: 1 },
    { aggregateGpuLimit: 1 },
    { maxGpuEquivalents: 1, aggregateGpuLimit: 5 },
    { maxGpuEquivalents: 5, aggregateGpuLimit: 1 },
  ];
  test.each(capsOnly)('both caps hold, the smaller one counts: %j', (caps) => {
    const devices = [gpu(0), gpu(1)];
    const leases = [leaseOf(1, [slotNamed(devices, '0')])];
    const decision = allocate(snapshotOf(devices, { leases }), any, policyOf(caps));
    const byAggregate = caps.aggregateGpuLimit === 1;
    expect(namesOf(decision)).toEqual([
      byAggregate ? 'quota.aggregate-gpu-exceeded' : 'quota.gpu-exceeded',
    ]);
  });

  test('a quota rounded in the file (2.286) admits 16 sevenths', () => {
    const devices = [gpu(0), gpu(1), migGpu(2, [['2g.10gb', 0, 2]])];
    const leases = [leaseOf(1, [slotNamed(devices, '0'), slotNamed(devices, '1')])];
    const policy = policyOf({ maxGpuEquivalents: 2.286 });
    expect(namesOf(allocate(snapshotOf(devices, { leases }), any, policy))).toEqual(['2:0']);
  });

  test('seven sevenths are one GPU', () => {
    const device = migGpu(
      0,
      Array.from({ length: 7 }, (_, slice) => ['1g.5gb', slice, 1] as const),
    );
    const leases = Array.from({ length: 6 }, (_, index) =>
      leaseOf(index, [slotNamed([device], `0:${index}`)]),
    );
    const policy = policyOf({ maxGpuEquivalents: 1 });
    expect(namesOf(allocate(snapshotOf([device], { leases }), any, policy))).toEqual(['0:6']);
  });

  test.each(['reserved', 'bound', 'held', 'external', 'lost'] as const)(
    'a lease that is %s blocks its slot and counts against its owner',
    (state) => {
      const devices = [gpu(0)];
      const leases = [leaseOf(1, [slotNamed(devices, '0')], { state })];
      const snapshot = snapshotOf(devices, { leases });
      expect(allocate(snapshot, any, policyOf({ user: bob }))).toMatchObject({
        code: 'gpu.none-free',
        retryable: true,
        details: { holders: leases[0]?.id },
      });
      expect(usageOf(leases, alice)).toEqual({ gpuEquivalents: 1, slots: 1 });
      expect(slotStates(snapshot)).toMatchObject([{ state, lease: leases[0] }]);
    },
  );

  test('an external lease of nobody blocks its slot and is charged to nobody', () => {
    const devices = [gpu(0)];
    const leases = [leaseOf(1, [slotNamed(devices, '0')], { state: 'external', user: null })];
    expect(namesOf(allocate(snapshotOf(devices, { leases }), any, policyOf()))).toEqual([
      'gpu.none-free',
    ]);
    expect(usageOf(leases, alice)).toEqual({ gpuEquivalents: 0, slots: 0 });
  });

  test('processes outside any container keep a GPU and all its instances from being given out', () => {
    const devices = [gpu(0), threeSlices];
    const renumbered = [devices[0] ?? gpu(0), migGpu(1, [['3g.20gb', 0, 4]])];
    const busy = renumbered.map((device) => slotUuidSchema.parse(device.uuid));
    const snapshot = snapshotOf(renumbered, { busy });
    expect(slotStates(snapshot).map((entry) => entry.state)).toEqual(['busy', 'busy']);
    expect(namesOf(allocate(snapshot, any, policyOf()))).toEqual(['gpu.none-free']);
  });

  test('a restart takes the same devices only if nobody else has them', () => {
    const devices = [gpu(0), gpu(1)];
    const slot = slotNamed(devices, '0');
    const exact: GpuRequest = { kind: 'exact', uuids: [slot.uuid] };
    expect(namesOf(allocate(snapshotOf(devices), exact, policyOf()))).toEqual(['0']);
    const leases = [leaseOf(1, [slot], { user: bob })];
    expect(allocate(snapshotOf(devices, { leases }), exact, policyOf())).toMatchObject({
      code: 'gpu.gone',
      retryable: true,
    });
    expect(allocate(snapshotOf([gpu(1)]), exact, policyOf())).toMatchObject({
      code: 'gpu.gone',
      retryable: false,
      details: { missing: slot.uuid },
    });
  });

  test('a GPU whose health is unknown is not given out', () => {
    const device = gpu(0, { health: { state: 'unknown', reasons: [] } });
    const decision = allocate(snapshotOf([device]), any, policyOf());
    expect(decision).toMatchObject({
      code: 'gpu.none-free',
      candidates: [{ reasons: [{ code: 'health-unknown' }] }],
    });
  });

  test('MIG that is enabled but empty leaves nothing to give out', () => {
    const decision = allocate(snapshotOf([gpu(0, { migMode: 'enabled' })]), any, policyOf());
    expect(decision).toMatchObject({ code: 'gpu.no-match', retryable: false, candidates: [] });
  });

  test('several GPUs come all together or not at all', () => {
    const devices = [gpu(0), gpu(1)];
    const leases = [leaseOf(1, [slotNamed(devices, '0')], { user: bob })];
    const decision = allocate(
      snapshotOf(devices, { leases }),
      { kind: 'whole', count: 2 },
      policyOf(),
    );
    expect(decision).toMatchObject({ code: 'gpu.none-free', retryable: true });
    expect(decision.candidates.every((candidate) => !candidate.accepted)).toBe(true);
  });
});
