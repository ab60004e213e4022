import { expect, test } from 'vitest';
import { groupNameSchema, type GpuReservation } from '@ds01/contracts';
import { allocate } from './allocate.ts';
import { availableFromMs } from './reserved.ts';
import { alice, bob, gpu, policyOf, slotId, snapshotOf } from './testing/build.ts';

const hourMs = 3_600_000;
const nowMs = 1_000 * hourMs;
const one = { kind: 'any' } as const;

function reserved(
  slots: readonly string[],
  [fromH, toH]: readonly [number, number],
  changes: Partial<GpuReservation> = {},
): GpuReservation {
  const span = { fromMs: nowMs + fromH * hourMs, toMs: nowMs + toH * hourMs };
  return { user: bob, slots: slots.map(slotId), ...span, reason: 'talk', ...changes };
}

function ask(
  reservations: readonly GpuReservation[],
  { gpus = 2, ...policy }: Parameters<typeof policyOf>[0] & { readonly gpus?: number } = {},
) {
  const devices = Array.from({ length: gpus }, (_, index) => gpu(index));
  const decision = allocate(snapshotOf(devices, { nowMs, reservations }), one, policyOf(policy));
  return decision.decision === 'placed' ? decision.slots.map(({ slot }) => slot) : decision;
}

test('another GPU is given instead of one that is reserved before the request could end', () => {
  const reservations = [reserved(['0'], [3, 5])];
  expect(ask(reservations, { longestMs: 3 * hourMs })).toEqual(['0']);
  expect(ask(reservations, { longestMs: 3 * hourMs + 1 })).toEqual(['1']);
  expect(ask(reservations, { longestMs: null })).toEqual(['1']);
});

test('a refusal says until when the GPUs could be had, but not whom they are for', () => {
  const reservations = [reserved(['0'], [3, 5]), reserved(['1'], [8, 9])];
  const refused = ask(reservations, { longestMs: 24 * hourMs });
  expect(refused).toMatchObject({
    code: 'gpu.reserved',
    retryable: true,
    details: { freeUntilMs: nowMs + 8 * hourMs },
  });
  expect(JSON.stringify(refused)).not.toContain('bob');
});

test('what is leased, or reserved now, is not said to be reserved for later', () => {
  const reservations = [reserved(['0', '1'], [-1, 1])];
  expect(ask(reservations, { longestMs: hourMs })).toMatchObject({ code: 'gpu.none-free' });
});

test('whom it is reserved for may have it before, and when another reservation follows only until then', () => {
  const own = reserved(['0'], [3, 5]);
  expect(ask([own], { user: bob, gpus: 1, longestMs: 4 * hourMs })).toEqual(['0']);
  const follows = reserved(['0'], [5, 6], { user: alice });
  const longer = ask([own, follows], { user: bob, gpus: 1, longestMs: 6 * hourMs });
  expect(longer).toMatchObject({ details: { freeUntilMs: nowMs + 5 * hourMs } });
});

test('a reservation of a group is everybody’s who is in it', () => {
  const group = groupNameSchema.parse('staff');
  const reservations = [reserved(['0'], [-1, 5], { user: null, group })];
  const alone = { gpus: 1, longestMs: hourMs };
  expect(ask(reservations, { ...alone, group })).toEqual(['0']);
  expect(ask(reservations, alone)).toMatchObject({ code: 'gpu.none-free' });
});

test('the first moment for a request is that from which on nothing is in its way', () => {
  const reservations = [reserved(['0'], [2, 4]), reserved(['0'], [5, 7])];
  const from = (hours: number | null) => {
    const longestMs = hours === null ? null : hours * hourMs;
    const atMs = availableFromMs(reservations, { user: alice, longestMs }, nowMs);
    return (atMs - nowMs) / hourMs;
  };
  expect([from(2), from(1), from(3), from(null)]).toEqual([0, 0, 7, 7]);
  const endless = [reserved(['0'], [2, 4], { toMs: Number.MAX_SAFE_INTEGER })];
  expect(availableFromMs(endless, { user: alice, longestMs: null }, nowMs)).toBe(Infinity);
});
