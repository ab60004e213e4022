import { isDs01Error, slugSchema } from '@ds01/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type AddressRange, overlaps, rangeOf, subnetAt } from './ipv4-ranges.ts';
import { bridgeNameOf, type NetworkPlan, planNetwork } from './plan-network.ts';

const slug = fc.stringMatching(/^[a-z][a-z0-9]{0,15}$/).map((text) => slugSchema.parse(text));
const subnet = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 8, max: 32 }))
  .map(([address, prefix]) => subnetAt(address, prefix));
/** Mostly close to the pool, so that they get in the way. */
const nearby = fc
  .tuple(fc.integer({ min: 0, max: 2 ** 17 }), fc.integer({ min: 20, max: 32 }))
  .map(([offset, prefix]) => subnetAt(whole('10.200.128.0/32').first + offset, prefix));
const settings = fc.record({
  pool: fc.constantFrom('10.201.0.0/16', '10.201.0.0/24', '10.201.0.64/26', '10.201.3.7/22'),
  prefix: fc.integer({ min: 22, max: 30 }),
  existing: fc.array(fc.oneof(subnet, nearby, fc.constant('fd00::/64')), { maxLength: 40 }),
});

function whole(text: string): AddressRange {
  const range = rangeOf(text);
  if (range === null) throw new Error(`${text} is no IPv4 subnet`);
  return range;
}

function planOrNull(input: Parameters<typeof planNetwork>[0]): NetworkPlan | null {
  try {
    return planNetwork(input);
  } catch (error) {
    if (isDs01Error(error) && error.code === 'network.pool-exhausted') return null;
    throw error;
  }
}

describe('the plan of a network', () => {
  test('is inside the pool, of the size asked for, and overlaps nothing', () => {
    fc.assert(
      fc.property(settings, slug, (input, owner) => {
        const plan = planOrNull({ ...input, slug: owner });
        if (plan === null) return;
        const range = whole(plan.subnet);
        const pool = whole(input.pool);
        expect(range.last - range.first + 1).toBe(2 ** (32 - input.prefix));
        expect([range.first >= pool.first, range.last <= pool.last]).toEqual([true, true]);
        for (const other of input.existing.flatMap((text) => rangeOf(text) ?? [])) {
          expect(overlaps(other, range)).toBe(false);
        }
      }),
    );
  });

  test('is the lowest possible, and there is one whenever a place is free', () => {
    fc.assert(
      fc.property(settings, slug, (input, owner) => {
        const size = 2 ** (32 - input.prefix);
        const pool = whole(input.pool);
        const taken = input.existing.flatMap((text) => rangeOf(text) ?? []);
        let first = pool.first;
        const isTaken = () =>
          taken.some((other) => overlaps(other, { first, last: first + size - 1 }));
        while (first + size - 1 <= pool.last && isTaken()) first += size;
        const expected = first + size - 1 <= pool.last ? subnetAt(first, input.prefix) : null;
        expect(planOrNull({ ...input, slug: owner })?.subnet ?? null).toBe(expected);
      }),
    );
  });

  test('does not depend on the order of what exists', () => {
    fc.assert(
      fc.property(settings, slug, (input, owner) => {
        const backwards = [...input.existing].reverse();
        expect(planOrNull({ ...input, existing: backwards, slug: owner })).toEqual(
          planOrNull({ ...input, slug: owner }),
        );
      }),
    );
  });

  test('fills a pool to the last place without two in one', () => {
    const existing: string[] = [];
    for (let count = 0; count < 32; count += 1) {
      const owner = slugSchema.parse(`user${String(count)}`);
      const plan = planNetwork({ pool: '10.201.0.0/22', prefix: 27, existing, slug: owner });
      existing.push(plan.subnet);
    }
    expect(new Set(existing).size).toBe(32);
    const late = { pool: '10.201.0.0/22', prefix: 27, existing, slug: slugSchema.parse('late') };
    expect(planOrNull(late)).toBeNull();
  });

  test('names a bridge that the kernel takes and the firewall knows', () => {
    fc.assert(
      fc.property(slug, (owner) => {
        expect(bridgeNameOf(owner)).toMatch(/^ds01-[0-9a-f]{10}$/);
      }),
    );
    const one = bridgeNameOf(slugSchema.parse('alice'));
    expect(one).not.toBe(bridgeNameOf(slugSchema.parse('bob')));
  });
});
