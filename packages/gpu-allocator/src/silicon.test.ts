import { expect, test } from 'vitest';
import { slotUuidSchema, type GpuDevice, type GpuRequest, type Lease } from '@ds01/contracts';
import { allocate } from './allocate.ts';
import { slotStates } from './slot-states.ts';
import {
  gpu,
  leaseOf,
  migGpu,
  policyOf,
  slotId,
  slotNamed,
  snapshotOf,
  type InstanceShape,
} from './testing/build.ts';
import { alice, bob } from './testing/build.ts';

function statesOf(devices: readonly GpuDevice[], leases: readonly Lease[]): readonly string[] {
  return slotStates(snapshotOf(devices, { leases })).map((entry) => entry.state);
}

const unknown = { placement: null };

test('a lease of a whole GPU blocks every instance that the GPU was divided into since', () => {
  const leases = [leaseOf(1, [slotNamed([gpu(0)], '0')])];
  const device = migGpu(0, [
    ['3g.20gb', 0, 4],
    ['1g.5gb', 4, 1, unknown],
  ]);
  expect(statesOf([device], leases)).toEqual(['bound', 'bound']);
});

test('a lease of an instance blocks the whole GPU that it became part of', () => {
  const leases = [leaseOf(1, [slotNamed([migGpu(0, [['1g.5gb', 6, 1]])], '0:0')])];
  expect(statesOf([gpu(0), gpu(1)], leases)).toEqual(['bound', 'free']);
});

test('a lost lease blocks its slices, and only those', () => {
  const before = migGpu(0, [['3g.20gb', 0, 4]]);
  const leases = [leaseOf(1, [slotNamed([before], '0:0')], { state: 'lost' })];
  const uuid = slotUuidSchema.parse('MIG-ffffffff-1');
  const after = migGpu(0, [
    ['2g.10gb', 2, 2, { uuid }],
    ['3g.20gb', 4, 4, { uuid: slotUuidSchema.parse('MIG-ffffffff-2') }],
  ]);
  expect(statesOf([after], leases)).toEqual(['lost', 'free']);
  const decision = allocate(snapshotOf([after], { leases }), { kind: 'any' }, policyOf());
  expect(decision.candidates.map((candidate) => candidate.reasons[0]?.code)).toEqual([
    'lost',
    'chosen',
  ]);
});

test('a lease is found by its UUID when the slots were renumbered', () => {
  const leases = [leaseOf(1, [slotNamed([gpu(0), gpu(1)], '1')])];
  const renumbered = [{ ...gpu(1), index: 0 }, gpu(5)];
  expect(statesOf(renumbered, leases)).toEqual(['bound', 'free']);
});

test('siblings of one listing are apart although their placement is unknown', () => {
  const device = migGpu(0, [
    ['3g.20gb', 0, 4, unknown],
    ['3g.20gb', 4, 4, unknown],
  ]);
  const leases = [leaseOf(1, [slotNamed([device], '0:0')])];
  expect(statesOf([device], leases)).toEqual(['bound', 'free']);
});

test('a leased instance of unknown placement that is no longer listed blocks the whole GPU', () => {
  const before = migGpu(0, [['3g.20gb', 0, 4, unknown]]);
  const leases = [leaseOf(1, [slotNamed([before], '0:0')])];
  const after = migGpu(0, [['1g.5gb', 6, 1, { uuid: slotUuidSchema.parse('MIG-ffffffff-1') }]]);
  expect(statesOf([after], leases)).toEqual(['bound']);
});

test('a vanished instance blocks new ones whose placement is unknown', () => {
  const leases = [leaseOf(1, [slotNamed([migGpu(0, [['1g.5gb', 0, 1]])], '0:0')])];
  const uuid = slotUuidSchema.parse('MIG-ffffffff-1');
  expect(statesOf([migGpu(0, [['1g.5gb', 6, 1, { uuid, ...unknown }]])], leases)).toEqual([
    'bound',
  ]);
});

const computeInstances = [
  { gpuInstanceId: 2, placement: { start: 0, size: 4 } },
  { gpuInstanceId: 2, placement: null },
  { gpuInstanceId: null, placement: null },
];
test.each(computeInstances)(
  'compute instances of one GPU instance exclude each other: %j',
  (how) => {
    const device = migGpu(0, [
      ['1c.3g.20gb', 0, 4, how],
      ['2c.3g.20gb', 0, 4, how],
      ['3g.20gb', 4, 4, { gpuInstanceId: 1, placement: null }],
    ]);
    const leases = [leaseOf(1, [slotNamed([device], '0:0')])];
    const decision = allocate(snapshotOf([device], { leases }), { kind: 'any' }, policyOf());
    expect(decision.candidates.map((candidate) => candidate.reasons[0]?.code)).toEqual([
      'leased',
      'shares-memory',
      'chosen',
    ]);
    const both: GpuRequest = {
      kind: 'exact',
      uuids: device.instances.slice(0, 2).map((i) => i.uuid),
    };
    expect(allocate(snapshotOf([device]), both, policyOf())).toMatchObject({ code: 'gpu.gone' });
  },
);

test('several instances of a profile come from as many GPU instances', () => {
  const shared = (gpuInstanceId: number, start: number): InstanceShape => [
    '1c.2g.10gb',
    start,
    2,
    { gpuInstanceId },
  ];
  const device = migGpu(0, [shared(3, 0), shared(3, 0), shared(4, 2), shared(4, 2)]);
  const request: GpuRequest = { kind: 'mig', profile: '1c.2g.10gb', count: 2 };
  const decision = allocate(snapshotOf([device]), request, policyOf());
  expect(decision).toMatchObject({ slots: [{ slot: '0:0' }, { slot: '0:2' }] });
  expect(decision.candidates[1]?.reasons).toEqual([
    { code: 'shares-memory', message: 'shares memory with 0:0, which was chosen' },
  ]);
  const three = { ...request, count: 3 };
  expect(allocate(snapshotOf([device]), three, policyOf())).toMatchObject({ code: 'gpu.no-match' });
});

test('a slot shows the lease on itself before one that shares its silicon', () => {
  const device = migGpu(0, [['3g.20gb', 0, 4]]);
  const whole = leaseOf(1, [slotNamed([gpu(0)], '0')], { state: 'lost' });
  const own = leaseOf(2, [slotNamed([device], '0:0')]);
  const [shown] = slotStates(snapshotOf([device], { leases: [whole, own] }));
  expect(shown).toMatchObject({ state: 'bound', lease: own, sharesMemory: false });
});

test('a reservation of a GPU covers its instances, and one of an instance the whole GPU', () => {
  const mig = migGpu(1, [['3g.20gb', 0, 4]]);
  const reservation = { user: bob, fromMs: 1000, toMs: 2000, reason: 'paper' };
  const codesAt = (nowMs: number, user = alice): readonly string[] => {
    const reservations = [
      { ...reservation, slots: [slotId('0:3')] },
      { ...reservation, slots: [slotId('1')] },
    ];
    const snapshot = snapshotOf([gpu(0), mig], { nowMs, reservations });
    const { candidates } = allocate(snapshot, { kind: 'none' }, policyOf({ user }));
    return candidates.map(({ reasons }) => reasons.at(-1)?.code ?? '');
  };
  expect(codesAt(999)).toEqual(['not-requested', 'not-requested']);
  expect(codesAt(1000)).toEqual(['reserved-for-other', 'reserved-for-other']);
  expect(codesAt(1000, bob)).toEqual(['not-requested', 'not-requested']);
  expect(codesAt(1999)).toEqual(['reserved-for-other', 'reserved-for-other']);
  expect(codesAt(2000)).toEqual(['not-requested', 'not-requested']);
});
