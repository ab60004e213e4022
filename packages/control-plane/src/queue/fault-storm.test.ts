import { ds01Error, type GpuInventory } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { gpu, host } from '../testing/gpus.ts';
import { brokenSafety } from '../testing/invariants.ts';
import { alice, bob, carol, dana } from '../testing/people.ts';
import { liveEntries, startQueue, type QueueDaemon } from '../testing/queue.ts';
import { createWorld, roomyLimits, type World } from '../testing/world.ts';

const long = process.env['DS01_TEST_LONG'] === '1';
const firstSeed = Number(process.env['DS01_TEST_SEED'] ?? 1);
const minuteMs = 60_000;
const yearMs = 365 * 24 * 60 * minuteMs;
const people = [alice, bob, carol, dana];
const settings = 'queue:\n  order: fifo\n  max_waiting: 5\n';
const limits = roomyLimits
  .replace('max_gpu_equivalents: 2', 'max_gpu_equivalents: 9')
  .replace('max_containers_per_user: 3', 'max_containers_per_user: 99');
const whole: GpuInventory = host(gpu(0), gpu(1));
const broken = { state: 'unhealthy' as const, reasons: ['Xid 79'], failed: true };

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
  /** Ids in the order in which they joined. */
  readonly joined: string[];
  count: number;
}

const faults: readonly ((storm: Storm) => unknown)[] = [
  ({ world, random }) => world.clock.jump((random(2) === 0 ? 1 : -1) * (1 + random(yearMs))),
  ({ world }) => world.probe.fail(ds01Error('gpu.probe-failed', { message: 'no answer' })),
  ({ world }) => world.probe.set(host(gpu(0))),
  ({ world }) => world.probe.set(host()),
  ({ world }) => world.probe.set(host(gpu(0, { health: broken }), gpu(1))),
  ({ world }) => world.engine.setReachable(false),
  ({ world }) => world.restartEngine(),
  ({ world }) => world.setLimits('defaults: ['),
  ({ world }) => world.config.set('ds01.yaml', 'queue: 7'),
  (storm) => {
    void storm.daemon.stop();
    storm.daemon = startQueue(storm.world);
    comeBack(storm);
  },
];

/** Everybody whose connection was lost gives the same command again. */
function comeBack({ world, daemon }: Storm): void {
  for (const { user, container } of liveEntries(world)) {
    const owner = people.find(({ owner: { name } }) => name === user) ?? alice;
    daemon.deploy(owner, { name: container }).catch(() => undefined);
  }
}

/** All is well again. */
function mend({ world }: Storm): void {
  world.probe.set(whole);
  world.engine.setReachable(true);
  world.setLimits(limits);
  world.config.set('ds01.yaml', settings);
}

function join({ daemon, random }: Storm, name: string): void {
  const person = people[random(people.length)] ?? alice;
  daemon.deploy(person, { name }).catch(() => undefined);
}

async function giveBack({ daemon, world, random }: Storm): Promise<void> {
  const records = world.store.transaction(({ containers }) => containers.all());
  const record = records[random(records.length || 1)];
  const owner = people.find(({ owner: { name } }) => name === record?.user);
  if (record === undefined || owner === undefined) return;
  await daemon.operations.call('containers.retire', owner, { name: record.name, force: true });
}

/** What the simplest queue there is, first come, first served, would say of this one; nothing is good. */
function wrongTurns(storm: Storm, where: string): readonly string[] {
  const { world, joined } = storm;
  return world.store.transaction(({ queue, leases }) => {
    const live = queue.live();
    for (const { id } of live) if (!joined.includes(id)) joined.push(id);
    const entries = joined.flatMap((id) => queue.get(id) ?? []);
    const waiting = entries.findIndex(({ state }) => state === 'waiting');
    const passed = entries.filter(
      ({ state, leaseId }, index) =>
        waiting !== -1 && index > waiting && state === 'granted' && leaseId !== null,
    );
    const lost = entries.filter(({ state }) => /refused|expired|timed-out/.test(state));
    const granted = entries.filter(({ state }) => state === 'granted');
    return [
      ...passed.map(({ id }) => `${where}: ${id} passed ${entries[waiting]?.id}`),
      ...lost.map(({ id, state }) => `${where}: ${id} ${state}`),
      ...granted
        .filter(({ leaseId }) => leaseId === null || leases.get(leaseId)?.state !== 'reserved')
        .map(({ id }) => `${where}: ${id} was granted nothing`),
    ];
  });
}

test('whatever fails while people wait, nobody is passed, sent away or forgotten, and all get a turn', async () => {
  for (let seed = firstSeed; seed < firstSeed + (long ? 300 : 4); seed += 1) {
    const random = createRandom(seed);
    const world = createWorld({
      gpus: whole,
      settings,
      limits,
      accounts: people.map(({ owner }) => owner),
    });
    const storm: Storm = {
      world,
      random,
      daemon: startQueue(world),
      joined: [],
      count: 0,
    };
    for (let round = 0; round < 40; round += 1) {
      const where = `seed ${seed}, round ${round}`;
      const dice = random(10);
      if (dice < 3) join(storm, `n${(storm.count += 1)}`);
      else if (dice < 6) await giveBack(storm).catch(() => undefined);
      else if (dice < 8) faults[random(faults.length)]?.(storm);
      else mend(storm);
      await storm.daemon.settle();
      expect(wrongTurns(storm, where)).toEqual([]);
      world.clock.advance(5000 + random(10_000));
      await storm.daemon.settle();
      expect(wrongTurns(storm, where)).toEqual([]);
      if (random(4) === 0) mend(storm);
      world.engine.setReachable(true);
      expect(await brokenSafety(world), where).toEqual([]);
    }
    mend(storm);
    for (let round = 0; round < 200 && liveEntries(world).length > 0; round += 1) {
      comeBack(storm);
      await storm.daemon.settle();
      await giveBack(storm).catch(() => undefined);
      world.clock.advance(10_000);
      await storm.daemon.settle();
      expect(wrongTurns(storm, `seed ${seed}, calm ${round}`)).toEqual([]);
    }
    expect(liveEntries(world), `seed ${seed}`).toEqual([]);
    await storm.daemon.stop();
    world.close();
  }
}, 300_000);
