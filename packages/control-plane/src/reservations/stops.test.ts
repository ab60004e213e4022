import { expect, test } from 'vitest';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob, carol, dana, everybody } from '../testing/people.ts';
import { startQueue, type QueueDaemon } from '../testing/queue.ts';
import { createRules } from '../testing/rules.ts';
import { createWorld, hourMs, roomyLimits, type World } from '../testing/world.ts';

const minuteMs = 60_000;

/** One GPU, which carol has for as long as she likes, with the rules at work. */
async function carolHasIt() {
  const endless = '\n  max_runtime_h: null\n  idle_timeout_h: null';
  const world = createWorld({
    accounts: everybody,
    gpus: host(gpu(0)),
    limits: roomyLimits.replace('defaults:', `defaults:${endless}`),
    settings: 'lifecycle:\n  warning_lead_m: 15\n',
  });
  const daemon = startQueue(world);
  const rules = createRules(world, { deps: daemon.deps });
  const made = await daemon.deploy(carol, { name: 'work', wait: null });
  return { world, daemon, rules, id: made.container.id };
}

async function reserve(daemon: QueueDaemon, fromMs: number) {
  return daemon.operations.call('admin.reservations.add', dana, {
    slots: ['0'],
    user: 'bob',
    fromMs,
    untilMs: fromMs + 2 * hourMs,
  });
}

function toldTitles(world: World, user: string): readonly string[] {
  const due = world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 100));
  return due
    .filter((message) => message.user === user)
    .map(({ body }) => /"title":"([^"]*)"/.exec(body)?.[1] ?? '');
}

async function stateOf(daemon: QueueDaemon): Promise<string | undefined> {
  const { containers } = await daemon.operations.call('containers.list', carol, { all: true });
  return containers[0]?.state;
}

test('what runs when a reservation is made is warned and stopped for it, and its owner gets the GPU', async () => {
  const { world, daemon, rules } = await carolHasIt();
  await rules.pass();
  const made = await reserve(daemon, world.clock.nowMs() + hourMs / 2);
  expect(made.overlaps).toEqual([
    { user: 'carol', container: 'work', slots: ['0'], endsBy: null, isStopped: true },
  ]);
  const waits = daemon.deploy(bob, { name: 'talk' });
  await daemon.settle();
  const { entries } = await daemon.operations.call('queue.list', bob, {});
  expect(entries[0]?.estimatedStartAt).toBe(
    new Date(world.clock.nowMs() + hourMs / 2).toISOString(),
  );
  await rules.pass();
  const explained = await daemon.operations.call('containers.explain', carol, { name: 'work' });
  expect(explained.next?.message).toContain('reserved for somebody else then');
  await rules.live(28 * minuteMs);
  expect(await stateOf(daemon)).toBe('running');
  await rules.live(2 * minuteMs);
  expect(await stateOf(daemon)).toBe('stopped');
  expect([...new Set(toldTitles(world, 'carol'))]).toEqual([
    expect.stringContaining('work will be stopped'),
    expect.stringContaining('last warning: work will be stopped'),
    'work is being stopped: its GPU is reserved',
    'the GPU of work went back to everybody',
  ]);
  await rules.live(minuteMs);
  await daemon.settle();
  expect((await waits).container.slots).toEqual(['0']);
  await daemon.stop();
});

test('what is paused then is stopped as well, and a hold ends with it', async () => {
  const { world, daemon, rules } = await carolHasIt();
  const beginMs = world.clock.nowMs() + hourMs / 4;
  await reserve(daemon, beginMs);
  await daemon.operations.call('containers.pause', carol, { name: 'work' });
  await rules.live(hourMs / 4 + minuteMs);
  expect(await stateOf(daemon)).toBe('stopped');
  const { devices } = await daemon.operations.call('gpus.status', alice, {});
  expect(devices[0]?.slots).toMatchObject([{ state: 'free' }]);
  await daemon.stop();
});

test('nobody is stopped without a last warning a whole lead before, however late the reservation was made', async () => {
  const { world, daemon, rules } = await carolHasIt();
  world.clock.advance(5 * hourMs);
  await reserve(daemon, world.clock.nowMs() + minuteMs);
  await rules.live(14 * minuteMs);
  expect(await stateOf(daemon)).toBe('running');
  await rules.live(2 * minuteMs);
  expect(await stateOf(daemon)).toBe('stopped');
  await daemon.stop();
});

test('what an administrator protects is not stopped, and the reservation says so when it is made', async () => {
  const { world, daemon, rules } = await carolHasIt();
  await daemon.operations.call('admin.containers.protect', dana, {
    container: 'carol/work',
    on: true,
  });
  const made = await reserve(daemon, world.clock.nowMs() + minuteMs);
  expect(made).toMatchObject({
    overlaps: [{ isStopped: false, endsBy: null }],
    message: expect.stringContaining('Stopped by no rule: work of carol (GPU 0).'),
  });
  await rules.live(2 * minuteMs);
  expect(await stateOf(daemon)).toBe('running');
  await daemon.stop();
});

test('a stopped container is not started again on a GPU that is reserved before it could end', async () => {
  const { world, daemon, rules } = await carolHasIt();
  await daemon.operations.call('containers.stop', carol, { name: 'work' });
  await rules.live(hourMs / 4 + minuteMs);
  await reserve(daemon, world.clock.nowMs() + 24 * hourMs);
  await expect(
    daemon.operations.call('containers.start', carol, { name: 'work' }),
  ).rejects.toMatchObject({
    code: 'gpu.reserved',
    hint: 'ds01 container start work --recreate',
    message: expect.stringContaining('0 from '),
  });
  await daemon.stop();
});
