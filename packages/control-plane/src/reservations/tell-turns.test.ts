import { expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { gpu, host } from '../testing/gpus.ts';
import { happened } from '../testing/happened.ts';
import { everybody } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { tellTurns, untilNextTurn } from './tell-turns.ts';

const minuteMs = 60_000;

/** GPU 0 is bob's from in one hour on for two, GPU 1 the staff's for an hour that began an hour ago. */
function reservedWorld(): World {
  const nowMs = createWorld().clock.nowMs();
  const at = (hours: number): string => new Date(nowMs + hours * hourMs).toISOString();
  return createWorld({
    accounts: everybody,
    gpus: host(gpu(0), gpu(1)),
    config: {
      'reservations.yaml': `reservations:
  - { id: r1, username: bob, gpus: ["0"], from: ${at(1)}, until: ${at(3)} }
  - { id: r2, group: staff, gpus: ["1"], from: ${at(-1)}, until: ${at(2)} }
`,
    },
  });
}

const tell = (world: World) => tellTurns(world.deps(), loadCurrentPolicy(world.deps()));

const told = (world: World): readonly unknown[] =>
  happened(world, 'reservation.').map(({ type, user, uid, details }) => ({
    type,
    user,
    uid,
    ...details,
  }));

const titles = (world: World): readonly string[] =>
  world.store
    .transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 100))
    .map(({ user, body }) => `${user ?? '-'}: ${/"title":"([^"]*)"/.exec(body)?.[1] ?? ''}`);

const began = {
  type: 'reservation.began',
  user: 'bob',
  uid: expect.any(Number),
  reservation: 'r1',
  for: 'bob',
  slots: ['0'],
};
const ended = { ...began, type: 'reservation.ended' };
const staffEnded = {
  ...ended,
  user: null,
  uid: null,
  reservation: 'r2',
  for: 'group staff',
  slots: ['1'],
};

test('its begin and its end are told once each, to the person it is for', async () => {
  const world = reservedWorld();
  for (let minutes = 0; minutes <= 240; minutes += 10) {
    await tell(world);
    world.clock.advance(10 * minuteMs);
  }
  expect(told(world)).toEqual([began, staffEnded, ended]);
  expect(titles(world)).toEqual([
    'bob: GPU 0 is reserved for you now',
    'bob: your reservation of GPU 0 is over',
  ]);
});

test('what turned while nobody told is told later, and what is over only as that', async () => {
  const world = reservedWorld();
  expect(await tell(world)).toBe(false);
  world.clock.advance(1.5 * hourMs);
  expect(await tell(world)).toBe(true);
  expect(told(world)).toEqual([began]);
  const late = reservedWorld();
  await tell(late);
  late.clock.advance(30 * hourMs);
  expect(await tell(late)).toBe(true);
  expect(told(late)).toEqual([ended, staffEnded]);
});

test('the next turn is the begin or the end that comes first', () => {
  const world = reservedWorld();
  const nowMs = world.clock.nowMs();
  const policy = loadCurrentPolicy(world.deps());
  const waits = [0, 1, 2, 3].map((hours) => untilNextTurn(policy, nowMs + hours * hourMs));
  expect(waits).toEqual([hourMs, hourMs, hourMs, Infinity]);
});

test('two that tell at once tell each turn once, and who could not be looked up is told later', async () => {
  const world = reservedWorld();
  await tell(world);
  world.clock.advance(1.5 * hourMs);
  const deps = world.deps();
  const failing = {
    ...deps,
    accounts: { ...deps.accounts, byName: () => Promise.reject(new Error('no name service')) },
  };
  await expect(tellTurns(failing, loadCurrentPolicy(deps))).rejects.toThrow('no name service');
  expect(told(world)).toEqual([]);
  const both = await Promise.all([tell(world), tell(world)]);
  expect(both.filter((isTold) => isTold)).toEqual([true]);
  expect(told(world)).toEqual([began]);
});

test('what turned before the first time is not told, and a clock that is set back tells nothing twice', async () => {
  const world = reservedWorld();
  world.clock.advance(1.5 * hourMs);
  await tell(world);
  expect(told(world)).toEqual([]);
  world.clock.advance(2 * hourMs);
  await tell(world);
  const before = told(world);
  world.clock.advance(-2 * hourMs);
  await tell(world);
  world.clock.advance(2 * hourMs);
  await tell(world);
  expect(told(world)).toEqual(before);
});
