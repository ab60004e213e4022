import { expect, test } from 'vitest';
import { gpu, host } from '../../testing/gpus.ts';
import { alice, bob, carol, dana, everybody } from '../../testing/people.ts';
import { liveEntries, startQueue, type QueueDaemon } from '../../testing/queue.ts';
import { eventsOf, eventTypes } from '../../testing/rules.ts';
import { createWorld, roomyLimits, type World } from '../../testing/world.ts';

const fifo = 'queue:\n  order: fifo\n';

/** Alice has the only GPU; bob waits for it, then carol. */
async function queueOfTwo(settings = fifo) {
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0)), settings });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const bobs = quiet(daemon.deploy(bob, { name: 'thesis' }));
  await daemon.settle();
  world.clock.advance(1000);
  const carols = quiet(daemon.deploy(carol, { name: 'next' }));
  await daemon.settle();
  return { world, daemon, bobs, carols, ids: liveEntries(world).map(({ id }) => id) };
}

/** A wait whose end some test isn't about. */
function quiet<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

function users(world: World): readonly string[] {
  return liveEntries(world).map(({ user }) => user);
}

const free = (daemon: QueueDaemon) =>
  daemon.operations.call('containers.retire', alice, { name: 'first' });

test('an administrator puts a request first, or raises its priority', async () => {
  for (const change of ['move', 'priority'] as const) {
    const { world, daemon, carols, ids } = await queueOfTwo();
    const id = ids[1] ?? '';
    const view =
      change === 'move'
        ? await daemon.operations.call('admin.queue.move', dana, { id, to: 'first' })
        : await daemon.operations.call('admin.queue.priority', dana, { id, priority: 'high' });
    expect(view.user).toBe('carol');
    await daemon.settle();
    const { entries } = await daemon.operations.call('queue.list', bob, {});
    expect(entries.map(({ user, position }) => `${position} ${user}`)).toEqual([
      '1 carol',
      '2 bob',
    ]);
    await free(daemon);
    expect((await carols).container.user).toBe('carol');
    expect(users(world)).toEqual(['bob']);
    expect(eventTypes(world, 'queue.changed')).toHaveLength(1);
    await daemon.stop();
  }
});

test('a held request is passed over, a held queue grants nothing, until it is resumed', async () => {
  const { world, daemon, bobs, carols, ids } = await queueOfTwo();
  await daemon.operations.call('admin.queue.hold', dana, { id: ids[0] ?? '' });
  await daemon.operations.call('admin.queue.hold', dana, { reason: 'maintenance' });
  await free(daemon);
  await daemon.settle();
  const { entries, held } = await daemon.operations.call('queue.list', bob, {});
  expect(held).toEqual({ reason: 'maintenance' });
  expect(entries.map(({ state }) => state)).toEqual(['waiting', 'waiting']);
  await daemon.operations.call('admin.queue.hold', dana, { on: false });
  expect((await carols).container.user).toBe('carol');
  await daemon.operations.call('admin.queue.hold', dana, { id: ids[0] ?? '', on: false });
  await daemon.operations.call('containers.retire', carol, { name: 'next' });
  expect((await bobs).container.user).toBe('bob');
  expect(eventTypes(world, 'queue.held')).toHaveLength(1);
  expect(eventTypes(world, 'queue.resumed')).toHaveLength(1);
  await daemon.stop();
});

test('nobody joins a queue that is drained; who waits goes on', async () => {
  const { daemon, bobs } = await queueOfTwo();
  await daemon.operations.call('admin.queue.drain', dana, { reason: 'move to another rack' });
  await expect(daemon.deploy(dana, { name: 'late' })).rejects.toMatchObject({
    code: 'queue.draining',
    message: expect.stringContaining('move to another rack'),
  });
  await free(daemon);
  expect((await bobs).container.user).toBe('bob');
  await daemon.operations.call('admin.queue.drain', dana, { on: false });
  await daemon.stop();
});

test('whoever is taken out hears of it; whoever leaves does, too', async () => {
  const { world, daemon, bobs, carols, ids } = await queueOfTwo();
  const reason = 'the account ends today';
  const asked = { id: ids[0] ?? '', reason };
  const out = await daemon.operations.call('admin.queue.remove', dana, asked);
  expect(out.state).toBe('left');
  await expect(bobs).rejects.toMatchObject({
    code: 'queue.ended',
    message: expect.stringContaining(`dana took it out of the queue: ${reason}`),
  });
  const told = world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 10));
  expect(told.map(({ user, body }) => `${user} ${body}`)).toEqual([
    expect.stringMatching(/^bob .*thesis waits no longer.*the account ends today/),
  ]);
  await daemon.operations.call('queue.leave', carol, { id: ids[1] ?? '' });
  await expect(carols).rejects.toMatchObject({ code: 'queue.ended' });
  expect(users(world)).toEqual([]);
  expect(eventsOf(world, 'queue.left').map(({ event }) => event.details)).toMatchObject([
    { by: 'dana', reason },
    { by: 'carol', reason: null },
  ]);
  await expect(
    daemon.operations.call('queue.leave', carol, { id: ids[1] ?? '' }),
  ).rejects.toMatchObject({ code: 'queue.ended' });
  await daemon.stop();
});

test('a dry run of any change of the queue changes nothing', async () => {
  const { world, daemon, ids } = await queueOfTwo();
  const before = liveEntries(world);
  const id = ids[1] ?? '';
  const dry = { dryRun: true };
  const { operations } = daemon;
  await operations.call('admin.queue.move', dana, { id, to: 'first' }, dry);
  await operations.call('admin.queue.priority', dana, { id, priority: 'urgent' }, dry);
  await operations.call('admin.queue.hold', dana, {}, dry);
  await operations.call('admin.queue.drain', dana, {}, dry);
  await operations.call('admin.queue.remove', dana, { id }, dry);
  await operations.call('queue.leave', carol, { id }, dry);
  expect(liveEntries(world)).toEqual(before);
  const { held, draining } = await operations.call('queue.list', bob, {});
  expect([held, draining]).toEqual([null, null]);
  await daemon.stop();
});

test('a request is its person’s: others see what the site shows, and can’t touch it', async () => {
  const { daemon, ids } = await queueOfTwo(`show_holders: none\n${fifo}`);
  const { operations } = daemon;
  const id = ids[0] ?? '';
  for (const route of ['queue.show', 'queue.leave'] as const) {
    await expect(operations.call(route, carol, { id })).rejects.toMatchObject({
      code: 'queue.not-found',
    });
  }
  await expect(operations.stream('queue.follow', carol, { id })).rejects.toMatchObject({
    code: 'queue.not-found',
  });
  const { entries } = await operations.call('queue.list', carol, {});
  expect(entries).toMatchObject([
    { user: null, group: null, own: false, container: null, asksFor: '1 GPU' },
    { user: 'carol', own: true, container: 'next' },
  ]);
  const { entries: own } = await operations.call('queue.list', carol, { mine: true });
  expect(own.map(({ container }) => container)).toEqual(['next']);
  const all = await operations.call('admin.queue', dana, {});
  expect(all.entries.map(({ user }) => user)).toEqual(['bob', 'carol']);
  await daemon.stop();
});

test('somebody who leaves the site leaves the queue, and is granted nothing more', async () => {
  const { world, daemon, bobs } = await queueOfTwo();
  await daemon.operations.call('admin.users.offboard', dana, { user: 'bob' });
  await expect(bobs).rejects.toMatchObject({ code: 'queue.ended' });
  expect(users(world)).toEqual(['carol']);
  await daemon.stop();
});

test('an emergency stop holds the queue: what it frees goes to nobody', async () => {
  const { world, daemon, bobs } = await queueOfTwo();
  await daemon.operations.call('admin.emergency-stop', dana, { user: null, reason: 'fire' });
  await daemon.operations.call('containers.remove', alice, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world).map(({ state }) => state)).toEqual(['waiting', 'waiting']);
  await daemon.operations.call('admin.queue.hold', dana, { on: false });
  expect((await bobs).container.state).toBe('running');
  await daemon.stop();
});

test('an emergency stop of one person holds what they wait for, and nobody else’s', async () => {
  const { world, daemon, carols } = await queueOfTwo();
  await daemon.operations.call('admin.emergency-stop', dana, { user: 'bob', reason: null });
  await free(daemon);
  expect((await carols).container.user).toBe('carol');
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', state: 'waiting', held: true }]);
  expect(eventTypes(world, 'queue.changed')).toHaveLength(1);
  await daemon.stop();
});

test('no container is renamed to a name that somebody waits to make', async () => {
  const { world, daemon } = await queueOfTwo();
  world.setLimits(roomyLimits);
  await daemon.deploy(bob, { name: 'plain', gpu: { kind: 'none' }, wait: null });
  await expect(
    daemon.operations.call('containers.rename', bob, { name: 'plain', newName: 'thesis' }),
  ).rejects.toMatchObject({ code: 'container.exists' });
  await daemon.stop();
});

test('who used less comes first, whoever came first', async () => {
  const world = createWorld({
    accounts: everybody,
    gpus: host(gpu(0)),
    settings: 'queue:\n  order: fair-share\n  ageing_h: 1000\n',
  });
  const daemon = startQueue(world);
  const { operations } = daemon;
  await daemon.deploy(alice, { name: 'long' });
  for (let hour = 0; hour < 8; hour += 1) {
    world.clock.advance(3_600_000);
    await daemon.settle();
  }
  const again = quiet(daemon.deploy(alice, { name: 'again' }));
  await daemon.settle();
  world.clock.advance(1000);
  const bobs = quiet(daemon.deploy(bob, { name: 'thesis' }));
  await daemon.settle();
  const { users: used } = await operations.call('admin.queue', dana, {});
  expect(used.map(({ user, gpuHours }) => [user, Math.round(gpuHours * 10) / 10])).toEqual([
    ['alice', 7.9],
    ['bob', 0],
  ]);
  await operations.call('containers.retire', alice, { name: 'long' });
  expect((await bobs).container.user).toBe('bob');
  const after = await operations.call('admin.queue', dana, {});
  expect(after.users.find(({ user }) => user === 'alice')?.gpuHours).toBeCloseTo(7.9, 0);
  await operations.call('containers.retire', bob, { name: 'thesis' });
  expect((await again).container.user).toBe('alice');
  await daemon.stop();
});

test('limits are those of the turn: a request that they forbid by then is refused', async () => {
  const { world, daemon, bobs } = await queueOfTwo();
  world.setLimits(roomyLimits.replace('allow_full_gpu: true', 'allow_full_gpu: false'));
  daemon.queue.wake();
  await expect(bobs).rejects.toMatchObject({ code: 'gpu.full-not-allowed' });
  expect(users(world)).toEqual([]);
  expect(eventTypes(world, 'queue.refused')).toHaveLength(2);
  await daemon.stop();
});

test('who has all that they may have waits for their own, in nobody’s way', async () => {
  const limits = roomyLimits.replace('max_gpu_equivalents: 2', 'max_gpu_equivalents: 1');
  const world = createWorld({
    accounts: everybody,
    gpus: host(gpu(0), gpu(1)),
    limits,
    settings: fifo,
  });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const second = daemon.deploy(alice, { name: 'second' });
  await daemon.settle();
  expect((await daemon.deploy(bob, { name: 'thesis', wait: null })).outcome).toBe('created');
  const { entries } = await daemon.operations.call('queue.list', alice, { mine: true });
  expect(entries[0]?.reason.code).toBe('own-quota');
  await free(daemon);
  expect((await second).container.state).toBe('running');
  await daemon.stop();
});
