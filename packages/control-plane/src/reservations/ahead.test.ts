import { expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { longestGrantMs } from '../queue/granting/longest-use.ts';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob, carol, everybody } from '../testing/people.ts';
import { liveEntries, startQueue } from '../testing/queue.ts';
import { createWorld, hourMs, roomyLimits } from '../testing/world.ts';

/** Everybody may run for ten hours, and nobody adds to it; GPU 0 is bob’s for two hours from `inH` on. */
function worldWith(
  inH: number,
  more: { readonly runtimeH?: number | null; readonly gpus?: number } = {},
) {
  const { runtimeH = 10, gpus = 1 } = more;
  const beginMs = createWorld().clock.nowMs() + inH * hourMs;
  const at = (timeMs: number): string => new Date(timeMs).toISOString();
  const overrides = `bob:
  reserved_gpus: ["0"]
  reservation_start: "${at(beginMs)}"
  reservation_end: "${at(beginMs + 2 * hourMs)}"
`;
  return createWorld({
    accounts: everybody,
    gpus: host(...Array.from({ length: gpus }, (_, index) => gpu(index))),
    settings: 'lifecycle:\n  extend_max_h: 0\n',
    limits: roomyLimits.replace('defaults:', `defaults:\n  max_runtime_h: ${runtimeH ?? 'null'}`),
    config: { 'user-overrides.yaml': overrides },
  });
}

test('a GPU that is reserved for somebody else before a container could end is not given out', async () => {
  const daemon = startQueue(worldWith(5));
  await expect(daemon.deploy(alice, { name: 'long', wait: null })).rejects.toMatchObject({
    code: 'gpu.reserved',
    retryable: true,
    message: expect.stringMatching(/Reserved: 0 from .* until .* for bob\. What you start may/),
  });
  const own = await daemon.deploy(bob, { name: 'own', wait: null });
  expect(own.container.slots).toEqual(['0']);
  await daemon.stop();
});

test('one that could end before is given, and another GPU is taken where there is one', async () => {
  const later = startQueue(worldWith(12));
  const placed = await later.deploy(alice, { name: 'long', wait: null });
  expect(placed.container.slots).toEqual(['0']);
  await later.stop();
  const beside = startQueue(worldWith(5, { gpus: 2 }));
  const other = await beside.deploy(alice, { name: 'long', wait: null });
  expect(other.container.slots).toEqual(['1']);
  await beside.stop();
});

test('what nothing ends is never on a GPU that is reserved at any time', async () => {
  const daemon = startQueue(worldWith(10_000, { runtimeH: null }));
  await expect(daemon.deploy(alice, { name: 'endless', wait: null })).rejects.toMatchObject({
    code: 'gpu.reserved',
    message: expect.stringContaining('Nothing ends what you start'),
  });
  await daemon.stop();
});

test('who waits gets it when the reservation is over, and is told so meanwhile', async () => {
  const world = worldWith(5);
  const daemon = startQueue(world);
  const waits = daemon.deploy(alice, { name: 'long' });
  await daemon.settle();
  const { entries } = await daemon.operations.call('queue.list', alice, {});
  const overMs = world.clock.nowMs() + 7 * hourMs;
  expect(entries).toMatchObject([
    {
      reason: { code: 'no-slot-free', message: expect.stringContaining('reserved for somebody') },
      estimatedStartAt: new Date(overMs).toISOString(),
    },
  ]);
  await expect(daemon.deploy(carol, { name: 'other', wait: null })).rejects.toMatchObject({
    code: 'gpu.reserved',
  });
  world.clock.advance(7 * hourMs);
  await daemon.settle();
  expect((await waits).container.slots).toEqual(['0']);
  expect(liveEntries(world)).toEqual([]);
  await daemon.stop();
});

test('who agrees to be stopped for it gets a reserved GPU until then, and is told', async () => {
  const daemon = startQueue(worldWith(5, { runtimeH: null }));
  const until = { name: 'short', wait: null } as const;
  await expect(daemon.deploy(alice, until)).rejects.toMatchObject({
    code: 'gpu.reserved',
    hint: 'the same command with --until-reserved, or with --wait',
  });
  const made = await daemon.deploy(alice, { ...until, untilReserved: true });
  expect(made.explanation).toMatch(/reserved for somebody else at .*: what still runs is stopped/);
  await daemon.stop();
  const soon = startQueue(worldWith(1 / 60));
  await expect(soon.deploy(alice, { ...until, untilReserved: true })).rejects.toMatchObject({
    code: 'gpu.reserved',
    hint: 'ds01 gpu status',
  });
  await soon.stop();
});

test('who agrees to be stopped for it, and waits, gets what becomes free before it begins', async () => {
  const world = worldWith(5, { runtimeH: null });
  const daemon = startQueue(world);
  await daemon.deploy(bob, { name: 'first', wait: null, untilReserved: true });
  const endless = daemon.deploy(alice, { name: 'endless' });
  await daemon.settle();
  const connection = new AbortController();
  const short = daemon.deploy(
    carol,
    { name: 'short', untilReserved: true },
    { signal: connection.signal },
  );
  await daemon.settle();
  connection.abort(new Error('gone'));
  await short.catch(() => undefined);
  expect(liveEntries(world)).toHaveLength(2);
  await daemon.operations.call('containers.retire', bob, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([
    { container: 'endless', state: 'waiting' },
    { container: 'short', state: 'granted' },
  ]);
  // Whoever claims it need not say it again.
  world.clock.advance(60_000);
  const claimed = await daemon.deploy(carol, { name: 'short' });
  expect(claimed.explanation).toMatch(
    /reserved for somebody else at .*: what still runs is stopped/,
  );
  world.clock.advance(8 * hourMs);
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ container: 'endless', state: 'waiting' }]);
  await daemon.operations.call('containers.retire', carol, { name: 'short' });
  await daemon.settle();
  expect((await endless).container.slots).toEqual(['0']);
  await daemon.stop();
});

test('what was granted in time is not lost to a reservation by who claims it a minute later', async () => {
  const plain = createWorld({
    settings: 'lifecycle:\n  extend_max_h: 0\n',
    limits: roomyLimits.replace('defaults:', 'defaults:\n  max_runtime_h: 10'),
  });
  const policy = loadCurrentPolicy(plain.deps());
  const longestMs = longestGrantMs(policy, alice.owner.name, plain.clock.nowMs()) ?? Infinity;
  const world = worldWith((longestMs + 30_000) / hourMs);
  const daemon = startQueue(world);
  await daemon.deploy(bob, { name: 'first', wait: null });
  const connection = new AbortController();
  const wait = daemon.deploy(alice, { name: 'next' }, { signal: connection.signal });
  await daemon.settle();
  connection.abort(new Error('gone'));
  await wait.catch(() => undefined);
  await daemon.operations.call('containers.retire', bob, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world)).toMatchObject([{ state: 'granted' }]);
  world.clock.advance(60_000);
  const claimed = await daemon.deploy(alice, { name: 'next' });
  expect(claimed.container.slots).toEqual(['0']);
  await daemon.stop();
});
