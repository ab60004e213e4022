import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GpuDevice, GpuLink, GpuRequest, PlacementStrategy } from '@ds01/contracts';
import { allocate } from './allocate.ts';
import {
  alice,
  bob,
  gpu,
  leaseOf,
  migGpu,
  nvlink,
  policyOf,
  slotId,
  slotNamed,
  snapshotOf,
  type InstanceShape,
} from './testing/build.ts';

const sevenths = Array.from({ length: 7 }, (_, slice): InstanceShape => ['1g.5gb', slice, 1]);

function choose(options: {
  readonly strategy: PlacementStrategy;
  readonly devices: readonly GpuDevice[];
  readonly request: GpuRequest;
  readonly leased?: readonly string[];
  readonly links?: readonly GpuLink[];
}): readonly string[] {
  const { strategy, devices, request, leased = [], links = [] } = options;
  const leases = leased.map((id, index) => leaseOf(index, [slotNamed(devices, id)], { user: bob }));
  const snapshot = snapshotOf(devices, { leases, links });
  const decision = allocate(snapshot, request, policyOf({ strategy }));
  return decision.decision === 'placed' ? decision.slots.map((slot) => slot.slot) : [decision.code];
}

/** Groups of GPUs, each fully connected by NVLink. */
function groups(...sizes: readonly number[]) {
  const devices: GpuDevice[] = [];
  const links: GpuLink[] = [];
  for (const size of sizes) {
    const members = Array.from({ length: size }, (_, offset) => gpu(devices.length + offset));
    for (const [place, left] of members.entries()) {
      for (const right of members.slice(place + 1)) links.push(...nvlink(left, right));
    }
    devices.push(...members);
  }
  return { devices, links };
}

const slices = (count: number): GpuRequest => ({ kind: 'mig', profile: '1g.5gb', count });
const whole = (count: number): GpuRequest => ({ kind: 'whole', count });

describe('packed', () => {
  const strategy = 'packed';

  test('fills the GPU whose MIG is used most', () => {
    const devices = [migGpu(0, sevenths), migGpu(1, sevenths), migGpu(2, sevenths)];
    const leased = ['1:0', '2:0', '2:4'];
    expect(choose({ strategy, devices, leased, request: slices(1) })).toEqual(['2:1']);
    expect(choose({ strategy, devices, leased, request: slices(6) })).toEqual([
      '1:1',
      '2:1',
      '2:2',
      '2:3',
      '2:5',
      '2:6',
    ]);
  });

  test('breaks the NVLink group that is broken already', () => {
    const { devices, links } = groups(4, 4);
    const leased = ['5', '6'];
    expect(choose({ strategy, devices, links, leased, request: whole(1) })).toEqual(['4']);
    expect(choose({ strategy, devices, links, leased, request: whole(2) })).toEqual(['4', '7']);
  });

  test('keeps what is needed together in one group when a group must be broken', () => {
    const { devices, links } = groups(4, 4);
    const leased = ['0', '1', '2'];
    expect(choose({ strategy, devices, links, leased, request: whole(2) })).toEqual(['4', '5']);
    expect(choose({ strategy, devices, links, leased, request: whole(5) })).toEqual([
      '3',
      '4',
      '5',
      '6',
      '7',
    ]);
  });

  test('gathers the remains of broken groups before it breaks an intact one', () => {
    const { devices, links } = groups(4, 4, 4);
    const leased = ['0', '1', '8', '9', '10'];
    expect(choose({ strategy, devices, links, leased, request: whole(3) })).toEqual([
      '2',
      '3',
      '11',
    ]);
  });

  test('takes GPUs without NVLink before those of a pair', () => {
    const { devices, links } = groups(2, 1, 1);
    expect(choose({ strategy, devices, links, request: whole(2) })).toEqual(['2', '3']);
  });
});

describe('distributed', () => {
  const strategy = 'distributed';

  test('takes the GPU that is used least, one after another', () => {
    const devices = [migGpu(0, sevenths), migGpu(1, sevenths), migGpu(10, sevenths)];
    const leased = ['0:0', '0:1', '1:0'];
    expect(choose({ strategy, devices, leased, request: slices(1) })).toEqual(['10:0']);
    expect(choose({ strategy, devices, leased, request: slices(4) })).toEqual([
      '0:2',
      '1:1',
      '10:0',
      '10:1',
    ]);
  });
});

describe('topology', () => {
  const strategy = 'topology';

  test('takes the pair with the widest NVLink', () => {
    const devices = [gpu(0), gpu(1), gpu(2), gpu(3)];
    const [a = gpu(0), b = gpu(1), c = gpu(2), d = gpu(3)] = devices;
    const links = [...nvlink(a, b, 2), ...nvlink(c, d, 4), ...nvlink(b, c, 1)];
    expect(choose({ strategy, devices, links, request: whole(2) })).toEqual(['2', '3']);
  });

  test('stays on one NUMA node where NVLink makes no difference', () => {
    const devices = [0, 1, 1, 0].map((numaNode, index) => gpu(index, { numaNode }));
    expect(choose({ strategy, devices, request: whole(2) })).toEqual(['0', '3']);
  });

  test('leaves the better set behind', () => {
    const { devices, links } = groups(2, 1, 1);
    expect(choose({ strategy, devices, links, request: whole(1) })).toEqual(['2']);
  });

  test('takes two of eight GPUs from the NUMA node that has fewer left', () => {
    const { devices: plain, links } = groups(8);
    const devices = plain.map((device) => ({ ...device, numaNode: device.index < 4 ? 0 : 1 }));
    expect(choose({ strategy, devices, links, leased: ['7'], request: whole(2) })).toEqual([
      '4',
      '5',
    ]);
  });

  test('finds a full group among more GPUs than every set can be looked at', () => {
    const { devices, links } = groups(3, 4, 3, 4, 3, 3, 3, 3);
    const leased = ['3'];
    expect(choose({ strategy, devices, links, leased, request: whole(4) })).toEqual([
      '10',
      '11',
      '12',
      '13',
    ]);
  });

  test('no other set of the same size has more NVLinks inside', () => {
    const link = fc.tuple(fc.nat({ max: 6 }), fc.nat({ max: 6 }), fc.integer({ min: 1, max: 4 }));
    fc.assert(
      fc.property(
        fc.array(link, { maxLength: 12 }),
        fc.integer({ min: 1, max: 7 }),
        (pairs, count) => {
          const devices = Array.from({ length: 7 }, (_, index) => gpu(index));
          const width = new Map<string, number>();
          const links = pairs.flatMap(([from, to, nvlinkCount]) => {
            const [left, right] = [devices[from], devices[to]];
            if (left === undefined || right === undefined || from === to) return [];
            const key = [Math.min(from, to), Math.max(from, to)].join();
            width.set(key, Math.max(width.get(key) ?? 0, nvlinkCount));
            return nvlink(left, right, nvlinkCount);
          });
          const inside = (set: readonly number[]): number =>
            set.reduce(
              (sum, left) =>
                sum + set.reduce((row, right) => row + (width.get([left, right].join()) ?? 0), 0),
              0,
            );
          const chosen = choose({ strategy, devices, links, request: whole(count) }).map(Number);
          const sets = Array.from({ length: 2 ** 7 }, (_, bits) =>
            devices.map((device) => device.index).filter((index) => (bits >> index) & 1),
          ).filter((set) => set.length === count);
          expect(chosen).toHaveLength(count);
          expect(inside(chosen)).toBe(Math.max(...sets.map(inside)));
        },
      ),
      { numRuns: 200, seed: 20_260_117 },
    );
  });
});

const strategies: readonly PlacementStrategy[] = ['packed', 'distributed', 'topology'];
test.each(strategies)('%s takes a user’s own reservation first', (strategy) => {
  const { devices, links } = groups(2, 2);
  const reservation = { user: alice, fromMs: 0, toMs: 2e12, reason: 'paper' };
  const reservations = [{ ...reservation, slots: [slotId('3')] }];
  const snapshot = snapshotOf(devices, { links, reservations });
  expect(allocate(snapshot, whole(1), policyOf({ strategy }))).toMatchObject({
    slots: [{ slot: '3' }],
  });
});
