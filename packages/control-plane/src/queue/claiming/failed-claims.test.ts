import { ds01Error } from '@ds01/contracts';
import { afterEach, expect, test } from 'vitest';
import type { Fault } from '../../testing/faults.ts';
import { gpu, host } from '../../testing/gpus.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import { alice, bob, carol } from '../../testing/people.ts';
import { liveEntries, startQueue, type QueueDaemon } from '../../testing/queue.ts';
import { createWorld, type World } from '../../testing/world.ts';

const minuteMs = 60_000;
const daemons: QueueDaemon[] = [];
const worlds: World[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.stop();
  for (const world of worlds.splice(0)) world.close();
});

/** The only GPU is alice's; what the engine is asked for may fail. */
async function begun(fault: Fault = () => undefined) {
  const accounts = [alice, bob, carol].map(({ owner }) => owner);
  const world = createWorld({ gpus: host(gpu(0)), accounts });
  worlds.push(world);
  const daemon = serve(world, fault);
  await daemon.deploy(alice, { name: 'first' });
  const giveBack = async (): Promise<void> => {
    await daemon.operations.call('containers.retire', alice, { name: 'first' });
    await daemon.settle();
  };
  return { world, daemon, giveBack };
}

function serve(world: World, fault: Fault): QueueDaemon {
  const daemon = startQueue(world, world.process(fault).deps);
  daemons.push(daemon);
  return daemon;
}

/** Bob waits, and his connection was lost. */
async function lost(daemon: QueueDaemon): Promise<void> {
  const connection = new AbortController();
  const waiting = daemon.deploy(bob, { name: 'thesis' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
}

async function live(world: World, daemon: QueueDaemon, minutes: number): Promise<void> {
  for (let half = 0; half < minutes * 2; half += 1) {
    world.clock.advance(minuteMs / 2);
    await daemon.settle();
  }
}

function states(world: World): readonly string[] {
  return liveEntries(world).map(({ user, state }) => `${user} ${state}`);
}

/** One call of the engine fails, when it is armed. */
function failing(method: string, error: Error) {
  let isArmed = false;
  const fault: Fault = ({ label, phase }) => {
    if (!isArmed || label !== `engine.${method}` || phase !== 'before') return undefined;
    isArmed = false;
    return error;
  };
  return { fault, arm: () => (isArmed = true) };
}

const reset = ds01Error('engine.unreachable', { message: 'connection reset' });

test('an engine that dies between claim and create costs whoever is there some seconds', async () => {
  const { fault, arm } = failing('createContainer', reset);
  const { world, daemon, giveBack } = await begun(fault);
  const waiting = daemon.deploy(bob, { name: 'thesis' });
  await daemon.settle();
  const [entry] = liveEntries(world);
  arm();
  await giveBack();
  expect(liveEntries(world)).toMatchObject([{ id: entry?.id, queuedAtMs: entry?.queuedAtMs }]);
  world.clock.advance(5000);
  expect((await waiting).container.state).toBe('running');
  expect(liveEntries(world)).toEqual([]);
});

test('and whoever came back for it keeps the place', async () => {
  const { fault, arm } = failing('createContainer', reset);
  const { world, daemon, giveBack } = await begun(fault);
  await lost(daemon);
  const [entry] = liveEntries(world);
  await giveBack();
  arm();
  const failed = daemon.deploy(bob, { name: 'thesis', wait: null });
  await expect(failed).rejects.toMatchObject({ code: 'engine.unreachable' });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ id: entry?.id, state: 'granted' }]);
  const done = await daemon.deploy(bob, { name: 'thesis', wait: null });
  expect(done.container.state).toBe('running');
});

test('what the request itself fails with uses up its turn, and the next has the GPU', async () => {
  const error = ds01Error('container.start-failed', { message: 'no such program' });
  const { fault, arm } = failing('createContainer', error);
  const { world, daemon, giveBack } = await begun(fault);
  await lost(daemon);
  const next = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  await giveBack();
  expect(states(world)).toEqual(['bob granted', 'carol waiting']);
  arm();
  const failed = daemon.deploy(bob, { name: 'thesis', wait: null });
  await expect(failed).rejects.toMatchObject({ code: 'container.start-failed' });
  expect((await next).container.slots).toEqual(['0']);
  expect(liveEntries(world)).toEqual([]);
});

test.each(['before', 'after'] as const)(
  'a daemon that is killed %s its container is made costs nobody the turn, nor a minute',
  async (moment) => {
    const { world, daemon, giveBack } = await begun();
    await lost(daemon);
    const [entry] = liveEntries(world);
    await giveBack();
    await daemon.stop();
    const killed = world.process(({ label, phase }) =>
      label === 'engine.createContainer' && phase === moment ? 'die' : undefined,
    );
    const dying = startQueue(world, killed.deps);
    dying.deploy(bob, { name: 'thesis' }).catch(() => undefined);
    await killed.lifeline.killed;
    void dying.stop();
    expect(liveEntries(world)).toEqual([]);
    const next = serve(world, () => undefined);
    await Promise.resolve();
    expect(liveEntries(world)).toMatchObject([{ id: entry?.id, state: 'granted' }]);
    expect((await next.deploy(bob, { name: 'thesis' })).container.state).toBe('running');
    expect(liveEntries(world)).toEqual([]);
    expect(await brokenInvariants(world)).toEqual([]);
  },
);

test('a reservation that runs out unused, after a claim, gives the place back', async () => {
  const { world, daemon, giveBack } = await begun();
  await lost(daemon);
  const [entry] = liveEntries(world);
  await giveBack();
  const frozen = world.process();
  const making = startQueue(world, frozen.deps);
  await making.settle();
  making.deploy(bob, { name: 'thesis' }).catch(() => undefined);
  for (let turn = 0; turn < 1000 && liveEntries(world).length > 0; turn += 1) {
    await Promise.resolve();
  }
  frozen.lifeline.freeze();
  await live(world, daemon, 2);
  await daemon.operations.call('containers.list', bob, { all: true });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ id: entry?.id, queuedAtMs: entry?.queuedAtMs }]);
  void making.stop();
});

test('a deploy that hangs keeps what was granted for six windows; then it goes to the next', async () => {
  let hangs = false;
  const { world, daemon, giveBack } = await begun(({ label }) => {
    if (!hangs || label !== 'engine.inspectImage') return undefined;
    hangs = false;
    return new Promise(() => undefined);
  });
  const hanging = daemon.deploy(bob, { name: 'thesis' });
  hanging.catch(() => undefined);
  const next = daemon.deploy(carol, { name: 'next' });
  await daemon.settle();
  hangs = true;
  await giveBack();
  await live(world, daemon, 11);
  expect(states(world)).toEqual(['bob granted', 'carol waiting']);
  await live(world, daemon, 2);
  expect((await next).container.slots).toEqual(['0']);
});
