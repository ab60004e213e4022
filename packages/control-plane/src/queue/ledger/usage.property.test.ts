import { leaseIdOf, slotsOf, type Lease } from '@ds01/contracts';
import { createStore } from '@ds01/store';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gpu } from '../../testing/gpus.ts';
import { alice } from '../../testing/people.ts';
import { leasedSlotOf } from '../../reconcile/adopt.ts';
import { settleUsage, usageNow } from './usage.ts';

const hourMs = 3_600_000;
const startMs = Date.UTC(2026, 0, 5);
const halfLifeDays = 7;
const user = alice.owner.name;

function leaseOf(index: number, createdAtMs: number): Lease {
  return {
    id: leaseIdOf(createdAtMs, String(index).padStart(11, '0')),
    user,
    state: 'bound',
    token: index + 1,
    slots: slotsOf(gpu(index)).map(leasedSlotOf),
    containerId: null,
    dockerName: `c${index}`,
    createdAtMs,
    expiresAtMs: null,
    heldUntilMs: null,
  };
}

/** What is used at the end by leases that begin and end at these hours, settled at those hours. */
function usedBy(
  leases: readonly { readonly from: number; readonly to: number }[],
  settledAt: readonly number[],
): number {
  const store = createStore({ path: ':memory:', nowMs: () => startMs });
  const steps = [
    ...leases.map(({ from }, index) => ({ hour: from, kind: 'begin' as const, index })),
    ...leases.map(({ to }, index) => ({ hour: to, kind: 'end' as const, index })),
    ...settledAt.map((hour) => ({ hour, kind: 'settle' as const, index: 0 })),
  ].toSorted((left, right) => left.hour - right.hour);
  return store.transaction((transaction) => {
    for (const { hour, kind, index } of steps) {
      const nowMs = startMs + hour * hourMs;
      const known = transaction.leases.live().find(({ token }) => token === index + 1);
      if (kind === 'begin') transaction.leases.insert(leaseOf(index, nowMs));
      else settleUsage(transaction, user, { nowMs, halfLifeDays });
      if (kind === 'end' && known !== undefined) {
        const expected = { token: known.token, states: [known.state] };
        transaction.leases.update(known.id, expected, { state: 'released' });
      }
    }
    const nowMs = startMs + 100 * hourMs;
    return usageNow(transaction, { nowMs, halfLifeDays }).get(user) ?? 0;
  });
}

const spans = fc.array(
  fc
    .tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 1, max: 50 }))
    .map(([from, hours]) => ({ from, to: Math.min(99, from + hours) })),
  { minLength: 1, maxLength: 4 },
);

test('what somebody has used is the same however often it is added up meanwhile', () => {
  fc.assert(
    fc.property(spans, fc.array(fc.integer({ min: 0, max: 100 })), (leases, settledAt) => {
      expect(usedBy(leases, settledAt)).toBeCloseTo(usedBy(leases, []), 6);
    }),
    { numRuns: 40 },
  );
});

test('use is at most the hours that were held, and at least what the half-life leaves of them', () => {
  fc.assert(
    fc.property(spans, (leases) => {
      const held = leases.reduce((sum, { from, to }) => sum + to - from, 0);
      const used = usedBy(leases, []);
      expect(used).toBeLessThanOrEqual(held + 1e-9);
      expect(used).toBeGreaterThanOrEqual(held * 2 ** (-100 / (24 * halfLifeDays)) - 1e-9);
    }),
    { numRuns: 40 },
  );
});
