import { afterEach, expect, test } from 'vitest';
import { foreignContainer } from '../../testing/foreign.ts';
import { gpu, host } from '../../testing/gpus.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice, bob, carol } from '../../testing/people.ts';
import { liveEntries, startQueue } from '../../testing/queue.ts';
import { eventTypes } from '../../testing/rules.ts';
import { createWorld, roomyLimits, type World } from '../../testing/world.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

/** The only GPU is alice's, until she gives it back. */
async function begun() {
  const accounts = [alice, bob, carol].map(({ owner }) => owner);
  const world = createWorld({ gpus: host(gpu(0)), accounts });
  const daemon = startQueue(world);
  ends.push(async () => {
    await daemon.stop();
    world.close();
  });
  await daemon.deploy(alice, { name: 'first' });
  const giveBack = () => daemon.operations.call('containers.retire', alice, { name: 'first' });
  return { world, daemon, giveBack, accounts };
}

function states(world: World): readonly string[] {
  return liveEntries(world).map(({ container, state }) => `${container} ${state}`);
}

test('a name that Docker itself gave away meanwhile costs its person the turn, and nobody a GPU', async () => {
  const { world, daemon, giveBack } = await begun();
  const bobs = daemon.deploy(bob, { name: 'thesis' }).catch((error: unknown) => error);
  await daemon.settle();
  const carols = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  world.engine.plant(foreignContainer(1, { dockerName: 'thesis._.bob' }));
  await giveBack();
  expect(await bobs).toMatchObject({ code: 'container.exists' });
  expect((await carols).container.slots).toEqual(['0']);
  expect(await brokenInvariants(world)).toEqual([]);
});

test('an account that is gone when its turn comes gets no container, and the next has the GPU', async () => {
  const { world, daemon, giveBack, accounts } = await begun();
  const bobs = daemon.deploy(bob, { name: 'thesis' }).catch((error: unknown) => error);
  await daemon.settle();
  const carols = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  accounts.splice(1, 1);
  await giveBack();
  await daemon.settle();
  world.clock.advance(5000);
  expect(await bobs).toMatchObject({ code: 'user.unknown' });
  expect((await carols).container.user).toBe('carol');
  const containers = world.store.transaction((transaction) => transaction.containers.all());
  expect(containers.map(({ user }) => user)).toEqual(['carol']);
});

test('nor is anything kept for an account that is gone, and nobody is there for', async () => {
  const { world, daemon, giveBack, accounts } = await begun();
  const connection = new AbortController();
  const gone = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(gone).rejects.toThrow('gone');
  const carols = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  accounts.splice(1, 1);
  await giveBack();
  await daemon.settle();
  expect(states(world)).toEqual(['thesis granted', 'next waiting']);
  world.clock.advance(5000);
  expect((await carols).container.user).toBe('carol');
});

test('a name service that knows nobody for a moment costs nobody the turn', async () => {
  const { world, daemon, giveBack, accounts } = await begun();
  const bobs = daemon.deploy(bob, { name: 'thesis' });
  await daemon.settle();
  const [away] = accounts.splice(1, 1);
  await giveBack();
  await daemon.settle();
  if (away !== undefined) accounts.push(away);
  world.clock.advance(5000);
  expect((await bobs).container.user).toBe('bob');
});

test('two commands that wait for the same container get one, and one turn', async () => {
  const { world, daemon, giveBack } = await begun();
  const both = [daemon.deploy(bob, { name: 'thesis' }), daemon.deploy(bob, { name: 'thesis' })];
  await daemon.settle();
  expect(states(world)).toEqual(['thesis waiting']);
  await giveBack();
  const [one, other] = await Promise.all(both);
  expect(one?.container.id).toBe(other?.container.id);
  expect(eventTypes(world, 'queue.')).toEqual(['queue.joined', 'queue.granted', 'queue.claimed']);
  expect(await brokenInvariants(world)).toEqual([]);
});

test('a reservation that begins between turn and claim comes first, and the place is kept', async () => {
  const { world, daemon, giveBack } = await begun();
  const connection = new AbortController();
  const gone = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(gone).rejects.toThrow('gone');
  const [entry] = liveEntries(world);
  await giveBack();
  await daemon.settle();
  expect(states(world)).toEqual(['thesis granted']);
  world.setLimits(`${roomyLimits}user_overrides:
  carol:
    reservation_start: "2026-01-05"
    reservation_end: "2026-01-05"
    reserved_gpus: ["0"]
`);
  daemon.deploy(bob, { name: 'thesis' }).catch(() => undefined);
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ id: entry?.id, state: 'waiting' }]);
  const done = await daemon.deploy(carol, { name: 'talk', wait: null });
  expect(done.container.slots).toEqual(['0']);
});
