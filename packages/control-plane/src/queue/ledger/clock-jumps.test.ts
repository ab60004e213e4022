import { expect, test } from 'vitest';
import { gpu, host } from '../../testing/gpus.ts';
import { alice, bob, carol, dana, everybody } from '../../testing/people.ts';
import { liveEntries, startQueue } from '../../testing/queue.ts';
import { createWorld, hourMs, type World } from '../../testing/world.ts';

const minuteMs = 60_000;
const yearMs = 365 * 24 * hourMs;
const jumps = [
  ['forward', yearMs],
  ['back', -yearMs],
] as const;
const wait = { forMs: 30 * minuteMs };

function states(world: World): readonly string[] {
  const byAge = liveEntries(world).toSorted((left, right) => left.queuedAtMs - right.queuedAtMs);
  return byAge.map(({ user, state }) => `${user} ${state}`);
}

/** Time passes minute by minute, and everything that it leads to happens. */
async function live(world: World, minutes: number): Promise<void> {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.advance(minuteMs);
    await settled();
  }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn += 1) {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  }
}

test.each(jumps)('a clock that is set a year %s takes nobody’s place', async (_, byMs) => {
  const settings = 'queue:\n  order: fifo\n';
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0)), settings });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const bobs = daemon.deploy(bob, { name: 'thesis', wait });
  await daemon.settle();
  await live(world, 10);
  world.clock.jump(byMs);
  const carols = daemon.deploy(carol, { name: 'next', wait });
  await daemon.settle();
  await live(world, 15);
  expect(states(world)).toEqual(['bob waiting', 'carol waiting']);
  const { entries } = await daemon.operations.call('queue.list', bob, {});
  expect(entries.map(({ waitedMs }) => waitedMs)).toEqual([25 * minuteMs, 15 * minuteMs]);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  expect((await bobs).container.user).toBe('bob');
  const over = carols.catch((error: unknown) => error);
  await live(world, 15);
  expect(await over).toMatchObject({ code: 'queue.timed-out' });
  await daemon.stop();
});

test.each(jumps)(
  'a grant is kept for its window when the clock is set a year %s',
  async (_, byMs) => {
    const world = createWorld({ accounts: everybody, gpus: host(gpu(0)) });
    const daemon = startQueue(world);
    await daemon.deploy(alice, { name: 'first' });
    const connection = new AbortController();
    const gone = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
    await daemon.settle();
    connection.abort(new Error('gone'));
    await gone.catch(() => undefined);
    await daemon.operations.call('containers.retire', alice, { name: 'first' });
    await live(world, 1);
    world.clock.jump(byMs);
    daemon.queue.wake();
    await daemon.operations.call('containers.list', dana, {});
    await daemon.settle();
    expect(states(world)).toEqual(['bob granted']);
    await live(world, 1);
    expect(states(world)).toEqual([]);
    expect(world.store.transaction(({ leases }) => leases.live())).toEqual([]);
    await daemon.stop();
  },
);

test.each(jumps)(
  'what people have used counts the same after a clock set a year %s',
  async (_, byMs) => {
    const used = async (isSet: boolean): Promise<readonly number[]> => {
      const world = createWorld({ accounts: everybody });
      const daemon = startQueue(world);
      await daemon.deploy(alice, { name: 'first' });
      await daemon.deploy(bob, { name: 'done' });
      await live(world, 60);
      await daemon.operations.call('containers.retire', bob, { name: 'done' });
      if (isSet) world.clock.jump(byMs);
      daemon.queue.wake();
      await live(world, 60);
      await daemon.operations.call('containers.retire', alice, { name: 'first' });
      await live(world, 60);
      const { users } = await daemon.operations.call('admin.queue', dana, {});
      await daemon.stop();
      return users.map(({ gpuHours }) => Math.round(gpuHours * 1000) / 1000);
    };
    expect(await used(true)).toEqual(await used(false));
  },
);

test('a machine that comes back with a clock of years ago keeps places, and not for years', async () => {
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0)) });
  const before = startQueue(world);
  await before.deploy(alice, { name: 'first' });
  const ended = before.deploy(bob, { name: 'thesis', wait }).catch(() => undefined);
  await before.settle();
  await live(world, 10);
  await before.stop();
  await ended;
  world.clock.reboot();
  world.clock.jump(-yearMs);
  const after = startQueue(world);
  await after.settle();
  // The time server answers.
  world.clock.jump(yearMs);
  after.queue.wake();
  await live(world, 10);
  expect(states(world)).toEqual(['bob waiting']);
  await live(world, 21);
  expect(states(world)).toEqual([]);
  await after.stop();
});
