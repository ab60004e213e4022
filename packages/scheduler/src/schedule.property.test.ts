import fc from 'fast-check';
import { expect, test } from 'vitest';
import { slotsOf, type Slot } from '@ds01/contracts';
import { order } from './order.ts';
import { schedule } from './schedule.ts';
import { inputs, wholeServers } from './testing/arbitrary.ts';
import { gpus, hourMs, inputOf, nowMs, request } from './testing/build.ts';
import type { SchedulerInput, WaitingRequest } from './types.ts';

const runs = { seed: 7, numRuns: 300 };

test('no slot is granted twice, nor one that is leased, busy or broken, nor more than a quota', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { inventory, leases, busy } = input.snapshot;
      const slots = inventory.devices.flatMap(slotsOf);
      const taken = slots.filter(({ uuid }) => busy.includes(uuid));
      for (const device of inventory.devices) {
        if (device.health.state !== 'healthy') taken.push(...slotsOf(device));
      }
      const uuids = leases.flatMap((lease) => lease.slots.map(({ uuid }) => uuid));
      taken.push(...slots.filter(({ uuid }) => uuids.includes(uuid)));
      const holds = new Map<string, number>();
      for (const { user, slots } of leases) {
        const weight = slots.reduce((sum, slot) => sum + slot.gpuEquivalents, 0);
        holds.set(user ?? '', (holds.get(user ?? '') ?? 0) + weight);
      }
      for (const { id, placement } of schedule(input).grants) {
        const granted = requestIn(input, id);
        for (const slot of placement.slots) {
          expect(taken.filter((other) => isSameSilicon(slot, other))).toEqual([]);
          taken.push(slot);
        }
        const total = (holds.get(granted.user) ?? 0) + placement.gpuEquivalents;
        holds.set(granted.user, total);
        expect(total).toBeLessThanOrEqual(
          (granted.allocation.maxGpuEquivalents ?? Infinity) + 1e-6,
        );
      }
    }),
    runs,
  );
});

test('each request has one outcome, and those that wait have the places 1 to n in the order of turns', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { grants, waiting, impossible } = schedule(input);
      const ids = [...grants, ...waiting, ...impossible].map(({ id }) => id);
      expect(ids.toSorted()).toEqual(input.waiting.map(({ id }) => id).toSorted());
      expect(waiting.map(({ position }) => position)).toEqual(waiting.map((_, index) => index + 1));
      for (const { estimatedStartMs } of waiting) {
        expect(estimatedStartMs ?? nowMs).toBeGreaterThanOrEqual(nowMs);
      }
    }),
    runs,
  );
});

test('the order of what is in the input makes no difference', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { snapshot, waiting } = input;
      const reversed = {
        ...input,
        waiting: waiting.toReversed(),
        snapshot: { ...snapshot, leases: snapshot.leases.toReversed() },
      };
      expect(schedule(reversed)).toEqual(schedule(input));
    }),
    runs,
  );
});

test('nobody is passed by a request for the same, unless it fills a gap that is too short for them', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const { grants, waiting } = schedule(input);
      const turns = order({ ...input, nowMs });
      const turnOf = (id: string): number => turns.findIndex((turn) => turn.id === id);
      for (const { id: passedId, reason } of waiting) {
        if (reason.code === 'held' || reason.code === 'own-quota') continue;
        const passed = requestIn(input, passedId);
        for (const { id } of grants) {
          const granted = requestIn(input, id);
          if (tierOf(granted) !== tierOf(passed) || turnOf(id) < turnOf(passedId)) continue;
          if (JSON.stringify(granted.gpu) !== JSON.stringify(passed.gpu)) continue;
          if (granted.allocation.allowFullGpu !== passed.allocation.allowFullGpu) continue;
          if (passed.allocation.maxGpuEquivalents !== null) continue;
          expect(input.policy.order).toBe('backfill');
          expect(granted.runtimeMs ?? Infinity).toBeLessThan(passed.runtimeMs ?? Infinity);
        }
      }
    }),
    runs,
  );
});

test('who is placed first by an administrator or by class starts whatever others used', () => {
  fc.assert(
    fc.property(inputs, (input) => {
      const turns = order({ ...input, nowMs }).map(tierOf);
      expect(turns).toEqual(turns.toSorted((left, right) => left - right));
    }),
    runs,
  );
});

test('a big request is kept slots from the moment when enough leases have ended', () => {
  fc.assert(
    fc.property(wholeServers, fc.integer({ min: 2, max: 8 }), ({ count, ends, leases }, wanted) => {
      fc.pre(wanted <= count && wanted > count - ends.length);
      const waiting = [request('big', { count: wanted })];
      const decision = schedule(inputOf({ devices: gpus(count), leases, waiting }));
      const needed = wanted - (count - ends.length);
      const startH = ends.toSorted((left, right) => left - right)[needed - 1] ?? Infinity;
      expect(decision.reservations).toMatchObject([{ startMs: nowMs + startH * hourMs }]);
      expect(decision.reservations[0]?.slots).toHaveLength(wanted);
    }),
    { ...runs, numRuns: 200 },
  );
});

function isSameSilicon(left: Slot, right: Slot): boolean {
  const slices = right.memorySlices ?? [];
  return (
    left.deviceUuid === right.deviceUuid &&
    (left.memorySlices ?? []).some((slice) => slices.includes(slice))
  );
}

function requestIn({ waiting }: SchedulerInput, id: string): WaitingRequest {
  const found = waiting.find((one) => one.id === id);
  if (found === undefined) throw new Error(`nobody asked for ${id}`);
  return found;
}

function tierOf({ place, priority }: WaitingRequest): number {
  const places = ['first', null, 'last'];
  return places.indexOf(place) * 4 + ['urgent', 'high', 'normal', 'low'].indexOf(priority);
}
