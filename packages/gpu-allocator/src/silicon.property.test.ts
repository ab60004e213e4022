import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GpuDevice, Lease } from '@ds01/contracts';
import { allocate } from './allocate.ts';
import { leaseOf, policyOf, snapshotOf } from './testing/build.ts';
import { worlds, type TrueSlot, type World } from './testing/worlds.ts';

const long = process.env['DS01_TEST_LONG'] === '1';

/** What happens before a request: another partition is in force, and the driver tells part of it. */
const steps = fc.array(
  fc.record({
    world: fc.nat({ max: 2 }),
    hidePlacements: fc.boolean(),
    hideInstanceIds: fc.boolean(),
    vanished: fc.constantFrom(undefined, undefined, 0, 1),
    released: fc.option(fc.nat({ max: 20 }), { nil: undefined, freq: 2 }),
  }),
  { minLength: 1, maxLength: 25, size: 'max' },
);
type Step = typeof steps extends fc.Arbitrary<(infer Value)[]> ? Value : never;

test('repartitioned, half known or vanished GPUs: no memory slice is leased twice', () => {
  let placed = 0;
  fc.assert(
    fc.property(fc.tuple(worlds, worlds, worlds), steps, (generations, sequence) => {
      const truth = new Map(
        generations.flatMap((world) => world.slots).map((slot) => [slot.uuid, slot]),
      );
      let leases: Lease[] = [];
      for (const [number, step] of sequence.entries()) {
        if (step.released !== undefined) leases.splice(step.released % (leases.length + 1), 1);
        const devices = seenIn(generations[step.world], step);
        const decision = allocate(snapshotOf(devices, { leases }), { kind: 'any' }, policyOf());
        if (decision.decision === 'refused') continue;
        placed += 1;
        leases = [...leases, leaseOf(number, decision.slots)];
        expectApart(leases.flatMap((lease) => lease.slots.map((slot) => truth.get(slot.uuid))));
      }
    }),
    { numRuns: long ? 20_000 : 300, seed: 20_260_117 },
  );
  expect(placed).toBeGreaterThan(300);
});

function seenIn(world: World | undefined, step: Step): readonly GpuDevice[] {
  return (world?.devices ?? [])
    .filter((_, place) => place !== step.vanished)
    .map((device) => ({
      ...device,
      instances: device.instances.map((instance) => ({
        ...instance,
        placement: step.hidePlacements ? null : instance.placement,
        gpuInstanceId: step.hideInstanceIds ? null : instance.gpuInstanceId,
      })),
    }));
}

function expectApart(slots: readonly (TrueSlot | undefined)[]): void {
  const slices = slots.flatMap((slot) =>
    slot === undefined ? ['unknown'] : slot.slices.map((slice) => `${slot.deviceUuid} ${slice}`),
  );
  expect(new Set(slices).size).toBe(slices.length);
  expect(slices).not.toContain('unknown');
}
