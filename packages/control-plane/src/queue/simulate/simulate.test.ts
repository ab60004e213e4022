import { expect, test } from 'vitest';
import { gpu, host } from '../../testing/gpus.ts';
import { alice, bob, dana, everybody } from '../../testing/people.ts';
import { startQueue, type QueueDaemon } from '../../testing/queue.ts';
import { createWorld, hourMs, type World } from '../../testing/world.ts';

/** Alice had the one GPU before, bob for 4 hours, alice 1 hour after 2 of waiting. */
async function afternoon(): Promise<{ world: World; daemon: QueueDaemon; sinceMs: number }> {
  const world = createWorld({ accounts: everybody, gpus: host(gpu(0)) });
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'before' });
  world.clock.advance(hourMs);
  const sinceMs = world.clock.nowMs();
  world.clock.advance(hourMs);
  await daemon.operations.call('containers.retire', alice, { name: 'before' });
  await daemon.deploy(bob, { name: 'long' });
  world.clock.advance(2 * hourMs);
  const waiting = daemon.deploy(alice, { name: 'next' });
  await daemon.settle();
  world.clock.advance(2 * hourMs);
  await daemon.operations.call('containers.retire', bob, { name: 'long' });
  await waiting;
  world.clock.advance(hourMs);
  return { world, daemon, sinceMs };
}

test('what people asked for is replayed from the events, under the rules in force and others', async () => {
  const { daemon, sinceMs } = await afternoon();
  const settings = 'queue:\n  order: fifo\n';
  const found = await daemon.operations.call('admin.simulate', dana, { sinceMs, settings });
  const waits = {
    requests: 2,
    started: 2,
    neverStarted: 0,
    meanWaitMs: hourMs,
    maxWaitMs: 2 * hourMs,
  };
  expect(found.present).toMatchObject({ ...waits, utilisation: 1 });
  expect(found.proposed).toMatchObject({ ...waits, utilisation: 1 });
  expect(found.users).toEqual([
    {
      user: 'alice',
      requests: 1,
      presentMeanWaitMs: 2 * hourMs,
      proposedMeanWaitMs: 2 * hourMs,
    },
    { user: 'bob', requests: 1, presentMeanWaitMs: 0, proposedMeanWaitMs: 0 },
  ]);
  expect(found.notes).toEqual([
    '2 requests that got GPUs, from the events.',
    '1 had GPUs before; they count as taken, and not as waits.',
    '1 have theirs still: they count as if they ended now.',
    'Whoever was refused and did not wait is missing. Nobody has a quota here.',
    'The server is as it is now: 1 GPU.',
  ]);
  await daemon.stop();
});

test('other rules change who waits', async () => {
  const world = createWorld({
    accounts: everybody,
    gpus: host(gpu(0)),
    settings: 'queue:\n  order: fifo\n',
  });
  const daemon = startQueue(world);
  const sinceMs = world.clock.nowMs();
  world.clock.advance(1000);
  await daemon.deploy(bob, { name: 'long' });
  world.clock.advance(hourMs);
  const again = daemon.deploy(bob, { name: 'again' });
  await daemon.settle();
  world.clock.advance(hourMs);
  const light = daemon.deploy(alice, { name: 'light' });
  await daemon.settle();
  world.clock.advance(hourMs);
  await daemon.operations.call('containers.retire', bob, { name: 'long' });
  await again;
  world.clock.advance(6 * hourMs);
  await daemon.operations.call('containers.retire', bob, { name: 'again' });
  await light;
  world.clock.advance(hourMs);
  await daemon.operations.call('containers.retire', alice, { name: 'light' });
  const settings = 'queue:\n  order: fair-share\n';
  const found = await daemon.operations.call('admin.simulate', dana, { sinceMs, settings });
  expect(found.users).toMatchObject([
    { user: 'alice', presentMeanWaitMs: 7 * hourMs, proposedMeanWaitMs: hourMs },
    { user: 'bob', presentMeanWaitMs: hourMs, proposedMeanWaitMs: 1.5 * hourMs },
  ]);
  await daemon.stop();
});

test('a time without anything, one to come, and settings with errors are refused', async () => {
  const { world, daemon, sinceMs } = await afternoon();
  const ask = (input: { sinceMs: number; settings?: string }) =>
    daemon.operations.call('admin.simulate', dana, { settings: null, ...input });
  await expect(ask({ sinceMs: world.clock.nowMs() })).rejects.toMatchObject({
    code: 'usage.invalid',
  });
  await expect(ask({ sinceMs: world.clock.nowMs() - 1000 })).rejects.toMatchObject({
    code: 'queue.empty-history',
  });
  await expect(ask({ sinceMs, settings: 'queue:\n  order: lottery\n' })).rejects.toMatchObject({
    code: 'limits.invalid-file',
    message: expect.stringContaining('ds01.yaml:2'),
  });
  await daemon.stop();
});

test('it only looks', async () => {
  const { world, daemon, sinceMs } = await afternoon();
  const last = (): number => world.store.transaction(({ events }) => events.lastId());
  const before = last();
  await daemon.operations.call('admin.simulate', dana, { sinceMs, settings: null });
  expect(last()).toBe(before);
  await daemon.stop();
});
