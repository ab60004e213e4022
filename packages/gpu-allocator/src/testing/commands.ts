import fc from 'fast-check';
import { slotUuidSchema, usernameSchema, type GpuRequest } from '@ds01/contracts';
import { slotStates } from '../slot-states.ts';
import { usageOf } from '../usage.ts';
import { boards, unitsPerGpu } from './boards.ts';
import { gigabyte, leaseOf } from './build.ts';
import { checkDecision } from './check-decision.ts';
import { currentSnapshot, type Real } from './moment.ts';
import {
  limitOf,
  naiveObstacles,
  stepMs,
  unitsOf,
  type NaivePolicy,
  type NaiveState,
} from './naive-model.ts';
import type { World } from './worlds.ts';

type Command = fc.Command<NaiveState, Real>;

const users = ['alice', 'bob', 'carol'] as const;
const liveStates = ['reserved', 'bound', 'held', 'external', 'lost'] as const;

/** An unused server and nothing decided. */
export function startFrom(world: World): { readonly model: NaiveState; readonly real: Real } {
  return {
    model: {
      world,
      leases: [],
      busy: new Set(),
      health: new Map(),
      reserved: new Map(),
      reservedLater: new Map(),
    },
    real: { leases: [], nextNumber: 0, placed: 0, refused: 0 },
  };
}

/** Somebody asks for GPUs. */
export function deployments(world: World): fc.Arbitrary<Command> {
  return fc
    .record({ request: requests(world), policy: policies, state: fc.constantFrom(...liveStates) })
    .map(({ request, policy, state }) => ({
      check: () => true,
      run: (model, real) => {
        const taken = checkDecision(model, real, request, policy);
        if (taken === undefined) real.refused += 1;
        else real.placed += 1;
        if (taken !== undefined && taken.real.length > 0) {
          const number = real.nextNumber;
          const user = usernameSchema.parse(policy.user);
          real.nextNumber += 1;
          real.leases.push(leaseOf(number, taken.real, { state, user }));
          model.leases.push({ number, user: policy.user, state, slots: taken.naive });
          assertWithin(unitsOf(model, policy.user), limitOf(policy));
        }
        checkInvariants(model, real);
      },
      toString: () => `deploy(${JSON.stringify({ request, policy, state })})`,
    }));
}

/** A lease ends, and everything is as if it had never been. */
export const releases: fc.Arbitrary<Command> = fc.nat({ max: 50 }).map((pick) => ({
  check: (model) => model.leases.length > 0,
  run: (model, real) => {
    const lease = model.leases[pick % model.leases.length];
    const released = real.leases.find((one) => one.token === (lease?.number ?? -1) + 1);
    model.leases = model.leases.filter((one) => one !== lease);
    const without = real.leases.filter((one) => one !== released);
    const marked = real.leases.map((one) =>
      one === released ? { ...one, state: 'released' as const } : one,
    );
    const expected = slotStates(currentSnapshot(model, { ...real, leases: without }));
    const actual = slotStates(currentSnapshot(model, { ...real, leases: marked }));
    if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error('a trace is left');
    real.leases = without;
    checkInvariants(model, real);
  },
  toString: () => `release(${pick})`,
}));

/** Something happens to the server that no user asked for; the second time it is over. */
export function disturbances(world: World): fc.Arbitrary<Command> {
  return fc
    .record({
      kind: fc.constantFrom('busy', 'health', 'reserve', 'reserve-later'),
      begin: fc.integer({ min: 0, max: 5 }),
      pick: fc.nat({ max: 50 }),
      user: fc.constantFrom(...users),
      health: fc.constantFrom('unhealthy', 'unknown'),
    })
    .map(({ kind, pick, user, health, begin }) => ({
      check: () => world.slots.length > 0,
      run: (model, real) => {
        const slot = world.slots[pick % world.slots.length];
        if (slot === undefined) return;
        const { busy, health: healths, reserved, reservedLater } = model;
        if (kind === 'busy' && !busy.delete(slot.uuid)) busy.add(slot.uuid);
        if (kind === 'health' && !healths.delete(slot.deviceUuid)) {
          healths.set(slot.deviceUuid, health);
        }
        if (kind === 'reserve' && !reserved.delete(slot.id)) reserved.set(slot.id, user);
        if (kind === 'reserve-later' && !reservedLater.delete(slot.id)) {
          const span = { inMs: begin * stepMs, forMs: (1 + (pick % 5)) * stepMs };
          reservedLater.set(slot.id, { user, ...span });
        }
        checkInvariants(model, real);
      },
      toString: () => `disturb(${JSON.stringify({ kind, pick, user, health, begin })})`,
    }));
}

const profileNames = boards.flatMap((board) => board.profiles.map((profile) => profile.name));
/** `undefined` several times, so that most requests leave it open. */
const models = fc.constantFrom(...repeated(16, undefined), 'A100', 'H100', 'A30', 'L40S', 'B200');
const memories = fc.constantFrom(
  ...repeated(8, undefined),
  ...[5, 10, 20, 40, 80].map((gigabytes) => gigabytes * gigabyte),
);

function repeated<T>(times: number, ...values: readonly T[]): readonly T[] {
  return Array.from({ length: times }, () => values).flat();
}

function requests(world: World): fc.Arbitrary<GpuRequest> {
  const present = world.slots.flatMap((slot) => slot.profile ?? []);
  const profile = fc.constantFrom(...repeated(10, ...present), ...profileNames);
  const uuids = [...world.slots.map((slot) => slot.uuid), 'GPU-ffffffff'];
  const count = fc.constantFrom(1, 1, 1, 2, 2, 3, 4);
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({ kind: 'none' as const }) },
    {
      weight: 4,
      arbitrary: fc
        .record({ minMemoryBytes: memories, model: models })
        .map((rest) => ({ kind: 'any' as const, ...rest })),
    },
    {
      weight: 3,
      arbitrary: fc
        .record({ count, minMemoryBytes: memories, model: models })
        .map((rest) => ({ kind: 'whole' as const, ...rest })),
    },
    {
      weight: 5,
      arbitrary: fc
        .record({ profile, count, model: models })
        .map((rest) => ({ kind: 'mig' as const, ...rest })),
    },
    {
      weight: 2,
      arbitrary: fc
        .array(fc.constantFrom(...uuids), { minLength: 1, maxLength: 3 })
        .map((list) => ({
          kind: 'exact' as const,
          uuids: list.map((uuid) => slotUuidSchema.parse(uuid)),
        })),
    },
  );
}

const units = fc.constantFrom(...repeated(12, null), 0, 4, 7, 12, 28, 29, 32, 40, 56, 57, 84);

/** Policies change from request to request, as files do. */
const policies: fc.Arbitrary<NaivePolicy> = fc.record({
  user: fc.constantFrom(...users),
  maxUnits: units,
  aggregateUnits: units,
  maxSlotsPerContainer: fc.constantFrom(null, null, null, 0, 1, 2, 3, 4, 4),
  allowFullGpu: fc.constantFrom(true, true, true, false),
  longestMs: fc.constantFrom(undefined, null, 1, 100, 101, 400),
});

/** Leased and free together are everything, and no silicon has two holders. */
function checkInvariants(model: NaiveState, real: Real): void {
  const states = slotStates(currentSnapshot(model, real));
  const ids = states.map((entry): string => entry.slot.slot);
  if (ids.join() !== model.world.slots.map((slot) => slot.id).join()) throw new Error('not all');
  for (const [place, slot] of model.world.slots.entries()) {
    const obstacles = naiveObstacles(model, slot, { user: 'nobody' });
    obstacles.delete('reserved-for-other');
    const isFree = states[place]?.state === 'free';
    if (isFree !== (obstacles.size === 0)) throw new Error(`${slot.id} is ${String(isFree)}`);
  }
  const held = new Set<string>();
  for (const { silicon } of model.leases.flatMap((lease) => lease.slots)) {
    if (held.has(silicon)) throw new Error(`${silicon} was leased twice`);
    held.add(silicon);
  }
  for (const user of users) {
    const usage = usageOf(real.leases, usernameSchema.parse(user));
    const difference = usage.gpuEquivalents * unitsPerGpu - unitsOf(model, user);
    if (Math.abs(difference) > 1e-6) throw new Error(`usage of ${user} is off by ${difference}`);
  }
}

function assertWithin(used: number, limit: number): void {
  if (used > limit) throw new Error(`${used} units are used where ${limit} are allowed`);
}
