import { expect, test } from 'vitest';
import type { GpuDevice, GpuRequest, PlacementDecision } from '@ds01/contracts';
import { allocate } from './allocate.ts';
import {
  bob,
  gigabyte,
  gpu,
  leaseOf,
  migGpu,
  policyOf,
  slotNamed,
  snapshotOf,
} from './testing/build.ts';
import { modelMatches } from './want.ts';

const partitioned = migGpu(3, [
  ['3g.20gb', 0, 4],
  ['2g.10gb', 4, 2],
  ['1g.5gb', 6, 1],
  ['1g.5gb+me', 7, 1],
]);
const server = [gpu(0), gpu(1), partitioned];

function ask(request: GpuRequest, policy = policyOf(), devices: readonly GpuDevice[] = server) {
  return allocate(snapshotOf(devices), request, policy);
}

function namesOf(decision: PlacementDecision): readonly string[] {
  return decision.decision === 'placed' ? decision.slots.map((slot) => slot.slot) : [decision.code];
}

test('a plain request takes the largest slot that is allowed and within the quota', () => {
  expect(namesOf(ask({ kind: 'any' }))).toEqual(['0']);
  expect(namesOf(ask({ kind: 'any' }, policyOf({ allowFullGpu: false })))).toEqual(['3:0']);
  expect(namesOf(ask({ kind: 'any' }, policyOf({ maxGpuEquivalents: 0.5 })))).toEqual(['3:0']);
  expect(namesOf(ask({ kind: 'any' }, policyOf({ maxGpuEquivalents: 0.3 })))).toEqual(['3:1']);
});

test('of two slots of the same weight the one with more memory is the larger', () => {
  const devices = [gpu(0), gpu(1, { memoryBytes: 80 * gigabyte }), gpu(2, { memoryBytes: null })];
  expect(namesOf(ask({ kind: 'any' }, policyOf(), devices))).toEqual(['1']);
});

test.each(['3g.20gb', '3G.20GB', ' 3g.20 gb '])('the profile %j is understood', (profile) => {
  expect(namesOf(ask({ kind: 'mig', profile, count: 1 }))).toEqual(['3:0']);
});

test('an instance with media extensions is given only to who asks for it', () => {
  expect(namesOf(ask({ kind: 'mig', profile: '1g.5gb', count: 1 }))).toEqual(['3:2']);
  expect(namesOf(ask({ kind: 'mig', profile: '1g.5gb+me', count: 1 }))).toEqual(['3:3']);
  expect(namesOf(ask({ kind: 'mig', profile: '1g.5gb', count: 2 }))).toEqual(['gpu.no-match']);
});

test('unknown memory is never enough', () => {
  const devices = [gpu(0, { memoryBytes: null })];
  const decision = ask({ kind: 'any', minMemoryBytes: 1 }, policyOf(), devices);
  expect(decision).toMatchObject({
    code: 'gpu.no-match',
    details: { memoryUnknown: 1 },
    candidates: [{ reasons: [{ code: 'memory-unknown' }] }],
  });
});

test.each([
  ['NVIDIA A100-SXM4-40GB', 'a100', true],
  ['NVIDIA A100-SXM4-40GB', 'A100 40GB', true],
  ['NVIDIA L40S', 'L40', false],
  ['NVIDIA A30', 'A3', false],
  ['NVIDIA A30', '-', false],
])('%s asked for as %s: %s', (model, asked, matches) => {
  expect(modelMatches(model, asked)).toBe(matches);
});

test.each<[GpuRequest, ReturnType<typeof policyOf>, string, string]>([
  [
    { kind: 'whole', count: 1 },
    policyOf({ allowFullGpu: false }),
    'gpu.full-not-allowed',
    '1 whole GPU was asked for, but this user may have MIG slices only; free now: 3g.20gb (NVIDIA A100-SXM4-40GB), 2g.10gb (NVIDIA A100-SXM4-40GB), 1g.5gb (NVIDIA A100-SXM4-40GB), 1g.5gb+me (NVIDIA A100-SXM4-40GB).',
  ],
  [
    { kind: 'whole', count: 3 },
    policyOf(),
    'gpu.no-match',
    '3 whole GPUs were asked for, but this server has 2. It has: 2 x whole GPU (NVIDIA A100-SXM4-40GB), 3g.20gb (NVIDIA A100-SXM4-40GB), 2g.10gb (NVIDIA A100-SXM4-40GB), 1g.5gb (NVIDIA A100-SXM4-40GB), 1g.5gb+me (NVIDIA A100-SXM4-40GB).',
  ],
  [
    { kind: 'mig', profile: 'big', count: 1 },
    policyOf({ maxGpuEquivalents: 0.2 }),
    'gpu.invalid-profile',
    "1 x big was asked for, but that isn't the name of a MIG profile; free now: 1g.5gb (NVIDIA A100-SXM4-40GB), 1g.5gb+me (NVIDIA A100-SXM4-40GB).",
  ],
  [
    { kind: 'whole', count: 2 },
    policyOf({ maxSlotsPerContainer: 1 }),
    'quota.slots-per-container',
    '2 whole GPUs were asked for, but one container may have 1 at most.',
  ],
  [
    { kind: 'whole', count: 2, model: 'A100', minMemoryBytes: 20 * gigabyte },
    policyOf({ maxGpuEquivalents: 1.5 }),
    'quota.gpu-exceeded',
    '2 whole GPUs of model A100 with at least 20 GiB (2 GPU equivalents) were asked for, but this user may have 1.5 at most.',
  ],
])('%j is refused once and for all in a sentence', (request, policy, code, reason) => {
  expect(ask(request, policy)).toMatchObject({ code, reason, retryable: false });
});

test('what may be free later is said with what keeps it from being free now', () => {
  const sick = gpu(1, { health: { state: 'unhealthy', reasons: ['fell off the bus'] } });
  const devices = [gpu(0), sick, partitioned];
  const leases = [leaseOf(7, [slotNamed(devices, '0')], { user: bob })];
  const decision = allocate(
    snapshotOf(devices, { leases }),
    { kind: 'whole', count: 1 },
    policyOf(),
  );
  expect(decision).toMatchObject({
    code: 'gpu.none-free',
    retryable: true,
    reason: '1 whole GPU was asked for, but 0 of 2 are free: 1 leased, 1 unhealthy.',
    details: { holders: 'l00000000000000000007', suitable: 2, free: 0 },
  });
  expect(decision.candidates[1]?.reasons).toEqual([
    { code: 'unhealthy', message: 'unhealthy: fell off the bus' },
  ]);
});

test('slots within the quota are leased and the free one is above it: worth waiting for', () => {
  const leases = partitioned.instances.map((_, index) =>
    leaseOf(index, [slotNamed(server, `3:${index}`)], { user: bob }),
  );
  const policy = policyOf({ maxGpuEquivalents: 0.5 });
  const decision = allocate(snapshotOf(server, { leases }), { kind: 'any' }, policy);
  expect(decision).toMatchObject({ code: 'gpu.none-free', retryable: true });
  expect(decision.candidates[0]?.reasons).toEqual([
    { code: 'over-quota', message: 'weighs 1, 0.5 is left of the quota' },
  ]);
});

test('a limit that is not a number allows nothing', () => {
  const decision = ask({ kind: 'any' }, policyOf({ maxGpuEquivalents: Number.NaN }));
  expect(namesOf(decision)).toEqual(['quota.gpu-exceeded']);
  const capped = ask({ kind: 'any' }, policyOf({ maxSlotsPerContainer: Number.NaN }));
  expect(namesOf(capped)).toEqual(['quota.slots-per-container']);
});

test('no GPU is always possible', () => {
  const decision = ask(
    { kind: 'none' },
    policyOf({ maxGpuEquivalents: 0, maxSlotsPerContainer: 0 }),
  );
  expect(decision).toMatchObject({ decision: 'placed', slots: [], gpuEquivalents: 0 });
});

test('where one profile weighs less on another model, the lighter instance is found', () => {
  const heavy = migGpu(0, [['1g.6gb', 0, 1]], { model: 'NVIDIA A30' });
  const light = migGpu(1, [['1g.6gb', 0, 1]]);
  const policy = policyOf({ maxGpuEquivalents: 0.2 });
  const decision = ask({ kind: 'mig', profile: '1g.6gb', count: 1 }, policy, [heavy, light]);
  expect(namesOf(decision)).toEqual(['1:0']);
});
