import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  slotIdSchema,
  slotsOf,
  usernameSchema,
  type GpuReservation,
  type Slot,
} from '@ds01/contracts';
import { schedule } from './schedule.ts';
import { inputs } from './testing/arbitrary.ts';
import { hourMs, nowMs, request } from './testing/build.ts';
import { live } from './testing/live.ts';
import type { SchedulerInput } from './types.ts';

const runs = { seed: 23, numRuns: 300 };
const people = ['anna', 'ben', 'carl', 'prof'] as const;

const spans = fc.array(
  fc.record({
    user: fc.constantFrom(...people),
    on: fc.nat({ max: 40 }),
    fromH: fc.integer({ min: -10, max: 60 }),
    forH: fc.integer({ min: 1, max: 30 }),
  }),
  { minLength: 1, maxLength: 6 },
);
type Span = (typeof spans extends fc.Arbitrary<infer Spans> ? Spans : never)[number];

function reservedIn({ snapshot }: SchedulerInput, given: readonly Span[]): GpuReservation[] {
  const slots = snapshot.inventory.devices.flatMap(slotsOf);
  return given.flatMap(({ user, on, fromH, forH }) => {
    const slot = slots[on % Math.max(1, slots.length)];
    return slot === undefined ? [] : [reservation(user, slot, { fromH: 1000 + fromH, forH })];
  });
}

function reservation(
  user: string,
  { slot }: Pick<Slot, 'slot'>,
  { fromH, forH }: { readonly fromH: number; readonly forH: number },
): GpuReservation {
  return {
    user: usernameSchema.parse(user),
    slots: [slot],
    fromMs: fromH * hourMs,
    toMs: (fromH + forH) * hourMs,
    reason: 'talk',
  };
}

function withReservations(input: SchedulerInput, given: readonly Span[]): SchedulerInput {
  return {
    ...input,
    snapshot: { ...input.snapshot, reservations: reservedIn(input, given) },
  };
}

test('no grant overlaps a reservation of somebody else, but while one of its own holds, too', () => {
  fc.assert(
    fc.property(inputs, spans, (plain, given) => {
      const input = withReservations(plain, given);
      for (const { id, placement } of schedule(input).grants) {
        const granted = input.waiting.find((one) => one.id === id);
        const endMs = nowMs + (granted?.runtimeMs ?? Infinity);
        for (const slot of placement.slots) {
          const touching = input.snapshot.reservations.filter((one) => covers(one, slot, input));
          for (let atMs = nowMs; atMs < Math.min(endMs, nowMs + 100 * hourMs); atMs += hourMs) {
            const holders = touching
              .filter(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs)
              .map(({ user }) => user);
            expect(holders.length === 0 || holders.includes(granted?.allocation.user ?? null)).toBe(
              true,
            );
          }
        }
      }
    }),
    runs,
  );
});

test('reservations that are over change nothing', () => {
  fc.assert(
    fc.property(inputs, spans, (plain, given) => {
      const over = given.map((span) => ({ ...span, fromH: -50 }));
      expect(schedule(withReservations(plain, over))).toEqual(schedule(plain));
    }),
    runs,
  );
});

test('nor do those that begin after everything could have ended', () => {
  fc.assert(
    fc.property(inputs, spans, (plain, given) => {
      const waiting = plain.waiting.map((one) => ({ ...one, runtimeMs: one.runtimeMs ?? hourMs }));
      const input = { ...plain, waiting };
      const later = given.map((span) => ({ ...span, fromH: 100 + span.fromH }));
      const { grants, impossible } = schedule(withReservations(input, later));
      expect({ grants, impossible }).toEqual(pick(schedule(input)));
    }),
    runs,
  );
});

test('the order in which reservations are written makes no difference', () => {
  fc.assert(
    fc.property(inputs, spans, (plain, given) => {
      const input = withReservations(plain, given);
      const { snapshot } = input;
      const reservations = snapshot.reservations.toReversed();
      expect(schedule({ ...input, snapshot: { ...snapshot, reservations } })).toEqual(
        schedule(input),
      );
    }),
    runs,
  );
});

const crowds = fc.array(
  fc.record({
    count: fc.integer({ min: 1, max: 3 }),
    atH: fc.integer({ min: 0, max: 30 }),
    runtimeH: fc.integer({ min: 1, max: 15 }),
    user: fc.constantFrom('anna', 'ben', 'carl'),
  }),
  { minLength: 5, maxLength: 25, size: 'max' },
);

test.each(['fifo', 'fair-share', 'backfill'] as const)(
  'with %s the owner has the reserved GPUs at the begin, and everybody else starts at some time',
  (order) => {
    fc.assert(
      fc.property(
        crowds,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 10 }),
        (crowd, count, fromH, forH) => {
          const reservations = ['0', '1', '2', '3']
            .slice(0, count)
            .map((slot) => reservation('prof', { slot: slotId(slot) }, { fromH, forH }));
          const prof = {
            request: request('prof', { count, runtimeH: forH }),
            atH: fromH,
            runsH: forH,
          };
          const others = crowd.map(({ atH, runtimeH, ...rest }, index) => ({
            request: request(`q${index}`, { ...rest, runtimeH }),
            atH,
            runsH: runtimeH,
          }));
          const policy = { order };
          const { startedH } = live({ gpus: 4, requests: [...others, prof], policy, reservations });
          expect(startedH.get('prof')).toBe(fromH);
          expect(startedH.size).toBe(crowd.length + 1);
        },
      ),
      { ...runs, numRuns: 60 },
    );
  },
);

function slotId(text: string): Slot['slot'] {
  return slotIdSchema.parse(text);
}

function pick({ grants, impossible }: ReturnType<typeof schedule>) {
  return { grants, impossible };
}

/** The same GPU counts as the same silicon where one of both is the whole of it, or memory is shared. */
function covers({ slots }: GpuReservation, slot: Slot, { snapshot }: SchedulerInput): boolean {
  const all = snapshot.inventory.devices.flatMap(slotsOf);
  return all.some(
    (other) =>
      slots.includes(other.slot) &&
      other.deviceUuid === slot.deviceUuid &&
      (other.memorySlices ?? []).some((slice) => (slot.memorySlices ?? []).includes(slice)),
  );
}
