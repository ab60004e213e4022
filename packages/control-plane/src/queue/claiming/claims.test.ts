import { expect, test } from 'vitest';
import { loadCurrentPolicy } from '../../policy.ts';
import { createSharedLooks } from '../../reconcile/shared-looks.ts';
import { retire } from '../../remove.ts';
import { gpu, host } from '../../testing/gpus.ts';
import { operationsOf } from '../../testing/operations.ts';
import { alice, bob, carol, dana, everybody } from '../../testing/people.ts';
import { liveEntries, startQueue } from '../../testing/queue.ts';
import { eventTypes } from '../../testing/rules.ts';
import { createWorld, type World } from '../../testing/world.ts';

const minuteMs = 60_000;

function oneGpu(settings?: string): World {
  return createWorld({
    accounts: everybody,
    gpus: host(gpu(0)),
    ...(settings === undefined ? {} : { settings }),
  });
}

/** Titles of what people are told. */
function toldTitles(world: World): readonly string[] {
  const due = world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 100));
  return due.map(({ user, body }) => `${user}: ${/"title":"([^"]*)"/.exec(body)?.[1]}`);
}

/** Somebody who waits, and whose connection was lost. */
async function lost(daemon: ReturnType<typeof startQueue>, person = bob, name = 'thesis') {
  const connection = new AbortController();
  const waiting = daemon.deploy(person, { name }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('the connection is gone'));
  await expect(waiting).rejects.toThrow('the connection is gone');
}

test('whoever lost the connection keeps the place, and is told of the turn', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon);
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', state: 'waiting' }]);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', state: 'granted' }]);
  expect(daemon.told()).toBe(1);
  expect(toldTitles(world)).toContain('bob: your turn: 1 GPU for thesis');
  await expect(daemon.deploy(carol, { name: 'other', wait: null })).rejects.toMatchObject({
    code: 'gpu.none-free',
  });
  await daemon.stop();
});

test('the same deploy claims what was granted meanwhile, with --wait or without', async () => {
  for (const wait of [null, { forMs: null }]) {
    const world = oneGpu();
    const daemon = startQueue(world);
    await daemon.deploy(alice, { name: 'first' });
    await lost(daemon);
    await daemon.operations.call('containers.retire', alice, { name: 'first' });
    await daemon.settle();
    const done = await daemon.deploy(bob, { name: 'thesis', wait });
    expect(done.container).toMatchObject({ state: 'running', slots: ['0'] });
    expect(liveEntries(world)).toEqual([]);
    expect(eventTypes(world, 'queue.').at(-1)).toBe('queue.claimed');
    await daemon.stop();
  }
});

test('what nobody claims goes to the next when the window is over', async () => {
  const world = oneGpu('queue:\n  claim_window_s: 90\n');
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon);
  world.clock.advance(1000);
  const carols = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world).map(({ user, state }) => `${user} ${state}`)).toEqual([
    'bob granted',
    'carol waiting',
  ]);
  world.clock.advance(89_000);
  await daemon.settle();
  expect(liveEntries(world)).toHaveLength(2);
  world.clock.advance(1000);
  expect((await carols).container.state).toBe('running');
  expect(liveEntries(world)).toEqual([]);
  expect(eventTypes(world, 'queue.expired')).toHaveLength(1);
  expect(toldTitles(world)).toContain('bob: the turn of thesis is over');
  await daemon.stop();
});

test('places survive the daemon, and who comes back goes on at theirs', async () => {
  const world = oneGpu();
  const before = startQueue(world);
  await before.deploy(alice, { name: 'first' });
  const waits = [before.deploy(bob, { name: 'thesis' }), before.deploy(carol, { name: 'next' })];
  await before.settle();
  const ids = liveEntries(world).map(({ id }) => id);
  await before.stop();
  for (const wait of waits) {
    await expect(wait).rejects.toMatchObject({ code: 'daemon.unreachable', retryable: true });
  }
  const after = startQueue(world);
  const second = after.deploy(carol, { name: 'next' });
  await after.settle();
  const first = after.deploy(bob, { name: 'thesis' });
  await after.settle();
  expect(liveEntries(world).map(({ id }) => id)).toEqual(ids);
  await after.operations.call('containers.retire', alice, { name: 'first' });
  expect((await first).container.user).toBe('bob');
  await after.operations.call('containers.retire', bob, { name: 'thesis' });
  expect((await second).container.user).toBe('carol');
  await after.stop();
});

test('a GPU that came free while there was no daemon is granted by the next one', async () => {
  const world = oneGpu();
  const before = startQueue(world);
  await before.deploy(alice, { name: 'first' });
  await lost(before);
  await before.stop();
  await startQueue(world).stop();
  const embedded = world.deps();
  await retire(embedded, alice, { name: 'first', force: false, timeoutSeconds: null });
  expect(liveEntries(world)).toMatchObject([{ state: 'waiting' }]);
  const after = startQueue(world);
  await after.settle();
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', state: 'granted' }]);
  await after.stop();
});

test('a wait that is over ends with its own error, and tells those who went away', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const waiting = daemon.deploy(bob, { name: 'thesis', wait: { forMs: 30 * minuteMs } });
  const ended = waiting.catch((error: unknown) => error);
  await daemon.settle();
  for (let minute = 0; minute < 30; minute += 1) {
    world.clock.advance(minuteMs);
    await daemon.settle();
  }
  expect(await ended).toMatchObject({ code: 'queue.timed-out' });
  expect(liveEntries(world)).toEqual([]);
  expect(eventTypes(world, 'queue.')).toEqual(['queue.joined', 'queue.timed-out']);
  expect(daemon.told()).toBe(0);
  await daemon.stop();
});

test('another request under the same name is refused while one waits, whether it would have to or not', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon);
  const others = [{ env: { SEED: '7' } }, { gpu: { kind: 'none' } as const, wait: null }];
  const refused = {
    code: 'queue.different-request',
    message: expect.stringContaining('for 1 GPU'),
    hint: 'ds01 queue leave thesis',
  };
  for (const other of others) {
    await expect(daemon.deploy(bob, { name: 'thesis', ...other })).rejects.toMatchObject(refused);
  }
  const dry = daemon.deploy(bob, { name: 'thesis', env: { SEED: '7' } }, { dryRun: true });
  await expect(dry).rejects.toMatchObject(refused);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ state: 'granted' }]);
  const [other] = others;
  await expect(daemon.deploy(bob, { name: 'thesis', ...other })).rejects.toMatchObject(refused);
  await daemon.operations.call('queue.leave', bob, { id: liveEntries(world)[0]?.id ?? '' });
  const done = await daemon.deploy(bob, { name: 'thesis', ...other });
  expect(done.container.name).toBe('thesis');
  await daemon.stop();
});

test('whoever waited to create is told to create again', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const input = { name: 'thesis', start: false, wait: { forMs: minuteMs } };
  const ended = daemon.deploy(bob, input).catch((error: unknown) => error);
  await daemon.settle();
  const { entries } = await daemon.operations.call('queue.list', bob, {});
  expect(entries).toMatchObject([{ verb: 'create' }]);
  world.clock.advance(minuteMs);
  expect(await ended).toMatchObject({ hint: 'ds01 container create thesis --wait' });
  await daemon.stop();
});

test('nobody has more requests waiting than the site allows', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon, bob, 'one');
  await lost(daemon, bob, 'two');
  await expect(daemon.deploy(bob, { name: 'three' })).rejects.toMatchObject({
    code: 'queue.full',
    message: expect.stringContaining('queue.max_waiting'),
  });
  await daemon.stop();
});

test('what can’t be had any more when it is claimed is waited for again, at the same place', async () => {
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0), gpu(1)) });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first', gpu: { kind: 'whole', count: 2 } });
  await lost(daemon);
  const [entry] = liveEntries(world);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await daemon.settle();
  const [granted] = world.store.transaction(({ leases }) => leases.live());
  expect(granted?.slots.map(({ slot }) => slot)).toEqual(['0']);
  const broken = { state: 'unhealthy' as const, reasons: ['Xid 79'], failed: true };
  world.probe.set(host(gpu(0, { health: broken }), gpu(1)));
  const done = await daemon.deploy(bob, { name: 'thesis' });
  expect(done.container.slots).toEqual(['1']);
  expect(world.store.transaction(({ queue }) => queue.get(entry?.id ?? ''))?.state).toBe('claimed');
  await daemon.stop();
});

test('whoever is there when the ledger is lost joins anew', async () => {
  const world = oneGpu();
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const waiting = daemon.deploy(bob, { name: 'thesis' });
  await daemon.settle();
  const [before] = liveEntries(world);
  world.store.transaction(({ queue }) => {
    if (before !== undefined) queue.put({ ...before, state: 'left', endedAtMs: 1 });
    queue.removeEndedBefore(2);
  });
  expect(liveEntries(world)).toEqual([]);
  daemon.queue.wake();
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ user: 'bob', state: 'waiting' }]);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  expect((await waiting).container.state).toBe('running');
  await daemon.stop();
});

test('without a daemon nobody can wait, and who needn’t gets a GPU', async () => {
  const world = oneGpu();
  const operations = operationsOf(world);
  const input = { image: 'ds01/busybox', project: null, workspace: null } as const;
  const ask = { ...input, gpu: { kind: 'any' }, wait: { forMs: null } } as const;
  const done = await operations.call('containers.deploy', alice, { ...ask, name: 'first' });
  expect(done.outcome).toBe('created');
  await expect(
    operations.call('containers.deploy', dana, { ...ask, name: 'second' }),
  ).rejects.toMatchObject({ code: 'queue.unavailable' });
});

test('who reads right after a grant sees it', async () => {
  const world = oneGpu();
  const looks = createSharedLooks(world.clock);
  looks.listening(true);
  const daemon = startQueue(world, world.deps(), looks);
  await daemon.deploy(alice, { name: 'first' });
  await lost(daemon);
  await lost(daemon, carol, 'next');
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await daemon.settle();
  const policy = loadCurrentPolicy(daemon.deps);
  const holders = async () =>
    (await looks.look(daemon.deps, policy)).leases.map(({ user }) => user);
  world.clock.advance(119_500);
  await daemon.settle();
  expect(await holders()).toEqual(['bob']);
  world.clock.advance(500);
  await daemon.settle();
  expect(await holders()).toEqual(['carol']);
  await daemon.stop();
});
