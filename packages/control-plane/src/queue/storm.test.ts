import { expect, test } from 'vitest';
import type { Person } from '../operations/call.ts';
import { listAll } from '../testing/commands.ts';
import { gpu, host, migGpu } from '../testing/gpus.ts';
import { brokenInvariants, brokenSafety } from '../testing/invariants.ts';
import { alice, bob, carol, dana } from '../testing/people.ts';
import { liveEntries, startQueue, type QueueDaemon } from '../testing/queue.ts';
import { eventsOf } from '../testing/rules.ts';
import { createWorld, type World } from '../testing/world.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const firstSeed = Number(process.env['DS01_TEST_SEED'] ?? 1);
const minuteMs = 60_000;
const people = [alice, bob, carol, dana];
const orders = ['fifo', 'fair-share', 'backfill'];
const requests = [
  { kind: 'any' },
  { kind: 'whole', count: 1 },
  { kind: 'whole', count: 2 },
  { kind: 'mig', profile: '3g.20gb', count: 1 },
] as const;

type Random = (below: number) => number;

function createRandom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

interface Storm {
  readonly world: World;
  readonly random: Random;
  daemon: QueueDaemon;
  /** The daemon was killed, and another one begun: what the dead one was asked for never answers. */
  killed: Promise<void>;
  /** Connections of those that wait. */
  readonly connections: Set<AbortController>;
}

/** Somebody asks for GPUs, ready to wait or not, and stays or goes. */
function join({ daemon, random, connections }: Storm): void {
  const person: Person = people[random(people.length)] ?? alice;
  const connection = new AbortController();
  connections.add(connection);
  const wait = [null, { forMs: null }, { forMs: (1 + random(60)) * minuteMs }][random(3)] ?? null;
  const input = { name: `n${random(3)}`, gpu: requests[random(requests.length)] ?? requests[0] };
  daemon.deploy(person, { ...input, wait }, { signal: connection.signal }).then(
    () => connections.delete(connection),
    () => connections.delete(connection),
  );
}

/** Somebody gives a GPU back. */
function giveBack({ daemon, random }: Storm): unknown {
  const person = people[random(people.length)] ?? alice;
  return daemon.operations.call('containers.retire', person, { name: `n${random(3)}` });
}

const strikes: readonly ((storm: Storm) => unknown)[] = [
  ...Array.from({ length: 8 }, () => join),
  ...Array.from({ length: 8 }, () => giveBack),
  ({ connections, random }) => {
    const [...all] = connections;
    all[random(all.length || 1)]?.abort(new Error('gone'));
  },
  ({ world, daemon, random }) => {
    const entries = liveEntries(world);
    const entry = entries[random(entries.length || 1)];
    const owner = people.find(({ owner: { name } }) => name === entry?.user);
    if (entry === undefined || owner === undefined) return undefined;
    return daemon.operations.call('queue.leave', owner, { id: entry.id });
  },
  ({ world, daemon, random }) => {
    const entries = liveEntries(world);
    const { id } = entries[random(entries.length || 1)] ?? { id: `q${'0'.repeat(20)}` };
    const to = (['first', 'last', 'by-rules'] as const)[random(3)] ?? 'first';
    return daemon.operations.call('admin.queue.move', dana, { id, to });
  },
  ({ daemon, random }) => daemon.operations.call('admin.queue.hold', dana, { on: random(3) === 0 }),
  ...(
    ['containers.stop', 'containers.start', 'containers.pause', 'containers.unpause'] as const
  ).map((route) => (storm: Storm) => {
    const person = people[storm.random(people.length)] ?? alice;
    return storm.daemon.operations.call(route, person, { name: `n${storm.random(3)}` });
  }),
  ({ daemon, random }) => {
    const person = people[random(people.length)] ?? alice;
    const names = { name: `n${random(3)}`, newName: `n${random(3)}` };
    return daemon.operations.call('containers.rename', person, names);
  },
  ({ world }) => world.restartEngine(),
  ({ world, random }) => world.clock.advance(random(10) * minuteMs),
  ({ world }) => listAll(world),
  (storm) => {
    void storm.daemon.stop();
    storm.daemon = startQueue(storm.world);
  },
  // The next daemon is killed at some moment, in the middle of anything.
  (storm) => {
    void storm.daemon.stop();
    const point = 20 + storm.random(400);
    let count = 0;
    const next = storm.world.process(() => ((count += 1) === point ? 'die' : undefined));
    const dying = startQueue(storm.world, next.deps);
    storm.daemon = dying;
    storm.killed = next.lifeline.killed.then(() => {
      void dying.stop();
      storm.daemon = startQueue(storm.world);
    });
  },
];

/** What of the queue contradicts the leases, in words. */
function brokenQueue(world: World): readonly string[] {
  return world.store.transaction(({ queue, leases }) => {
    const live = queue.live();
    const names = live.map(({ user, dockerName }) => `${user} ${dockerName}`);
    const granted = live.filter(({ state }) => state === 'granted');
    const orphans = leases
      .live()
      .filter(({ state, expiresAtMs }) => state === 'reserved' && expiresAtMs === null);
    return [
      ...names.filter((name, index) => names.indexOf(name) !== index),
      ...live
        .filter(({ state, endedAtMs }) => endedAtMs !== null || !/^(?:wait|grant)/.test(state))
        .map(({ id }) => `${id} is live and ended`),
      ...granted
        .filter(({ leaseId }) => leaseId === null || leases.get(leaseId) === null)
        .map(({ id }) => `${id} was granted nothing`),
      ...orphans.map(({ id }) => `${id} is reserved for ever`),
    ];
  });
}

test('in a storm of people, lost connections, restarts and administrators nothing is granted twice, and who waits gets a turn', async () => {
  let claimed = 0;
  for (let seed = firstSeed; seed < firstSeed + (long ? 200 : 6); seed += 1) {
    const random = createRandom(seed);
    const order = orders[seed % 3] ?? 'fifo';
    const world = createWorld({
      gpus: host(gpu(0), gpu(1), migGpu(2)),
      settings: `queue:\n  order: ${order}\n  max_waiting: 3\n`,
      accounts: people.map(({ owner }) => owner),
    });
    const storm: Storm = {
      world,
      random,
      daemon: startQueue(world),
      killed: new Promise(() => undefined),
      connections: new Set(),
    };
    const where = (round: number) => `seed ${seed}, round ${round}`;
    for (let round = 0; round < 60; round += 1) {
      const strike = strikes[random(strikes.length)] ?? join;
      const work = Promise.resolve().then(() => strike(storm));
      await Promise.race([work.catch(() => undefined), storm.killed]);
      expect(brokenQueue(world), where(round)).toEqual([]);
      // The engine is looked at container by container, which needs that none of them goes meanwhile.
      if (random(3) === 0) continue;
      await storm.daemon.settle();
      expect(await brokenSafety(world), where(round)).toEqual([]);
    }
    void storm.daemon.stop();
    storm.daemon = startQueue(world);
    await calm(storm);
    expect(liveEntries(world), where(60)).toEqual([]);
    expect(await brokenInvariants(world), where(60)).toEqual([]);
    claimed += eventsOf(world, 'queue.claimed').length;
    await storm.daemon.stop();
    world.close();
  }
  expect(claimed).toBeGreaterThan(0);
}, 300_000);

/** Everybody who waits comes again, and gives back what they got: each of them gets a turn. */
async function calm({ daemon, world }: Storm): Promise<void> {
  await daemon.operations.call('admin.queue.hold', dana, { on: false });
  // What a killed daemon was making is its own for a while.
  world.clock.advance(2 * minuteMs);
  await listAll(world);
  await daemon.settle();
  const mine = (name: string) => people.find(({ owner }) => owner.name === name) ?? alice;
  const waits = liveEntries(world).map(({ user, container, gpu: asked }) =>
    daemon.deploy(mine(user), { name: container, gpu: asked }),
  );
  const turns = Promise.all(waits);
  turns.catch(() => undefined);
  for (let round = 0; liveEntries(world).length > 0 && round < 60; round += 1) {
    await daemon.settle();
    for (const { user, name } of (await listAll(world)).containers) {
      await daemon.operations.call('containers.retire', mine(user ?? ''), { name, force: true });
    }
    world.clock.advance(3 * minuteMs);
    await daemon.settle();
  }
  await turns;
  await listAll(world);
}
