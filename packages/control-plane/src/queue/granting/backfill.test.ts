import { expect, test } from 'vitest';
import { gpu, host } from '../../testing/gpus.ts';
import { alice, bob, carol, dana, everybody } from '../../testing/people.ts';
import { liveEntries, startQueue } from '../../testing/queue.ts';
import { createRules } from '../../testing/rules.ts';
import { createWorld, hourMs, roomyLimits } from '../../testing/world.ts';

const minuteMs = 60_000;
const settings = 'queue:\n  order: backfill\n';
const exemptions = 'lifecycle-exemptions.yaml';
const two = { kind: 'whole', count: 2 } as const;

/** Everybody may run for 12 hours, alice's runs end after `hours`, carol's after one. */
function limitsWith(hours: number): string {
  const own = `user_overrides:
  alice:
    max_runtime_h: ${hours}
  carol:
    max_runtime_h: 1
`;
  return `${roomyLimits.replace('defaults:', 'defaults:\n  max_runtime_h: 12\n  idle_timeout_h: null')}${own}`;
}

function worldOf(more: { readonly hours?: number; readonly config?: Record<string, string> } = {}) {
  const { hours = 8, config = {} } = more;
  const limits = limitsWith(hours);
  return createWorld({ accounts: everybody, gpus: host(gpu(0), gpu(1)), settings, limits, config });
}

/** Titles of what somebody is told. */
function toldTitles(world: ReturnType<typeof worldOf>, user: string): readonly string[] {
  const due = world.store.transaction(({ outbox }) => outbox.due(Number.MAX_SAFE_INTEGER, 100));
  return due
    .filter((message) => message.user === user)
    .map(({ body }) => /"title":"([^"]*)"/.exec(body)?.[1] ?? '');
}

/** Alice has one of two GPUs, and bob waits for both: the other is kept for him. */
async function untilBobWaits(world: ReturnType<typeof worldOf>) {
  const daemon = startQueue(world);
  await daemon.deploy(alice, { name: 'first' });
  const big = daemon.deploy(bob, { name: 'big', gpu: two });
  big.catch(() => undefined);
  await daemon.settle();
  return daemon;
}

test('what ends before the start of the reserved head is let in meanwhile', async () => {
  const world = worldOf();
  const daemon = await untilBobWaits(world);
  const small = await daemon.deploy(carol, { name: 'small', wait: null });
  expect(small.container.slots).toEqual(['1']);
  await daemon.stop();
});

test('it is, too, while the one who is to end first has not started yet', async () => {
  const world = worldOf();
  const daemon = startQueue(world);
  await daemon.deploy(dana, { name: 'other', gpu: two });
  const waiting = [
    ['first', alice, { kind: 'any' }],
    ['big', bob, two],
  ] as const;
  for (const [name, person, asked] of waiting) {
    const connection = new AbortController();
    const wait = daemon.deploy(person, { name, gpu: asked }, { signal: connection.signal });
    await daemon.settle();
    connection.abort(new Error('gone'));
    await wait.catch(() => undefined);
    world.clock.advance(1000);
  }
  await daemon.operations.call('containers.retire', dana, { name: 'other' });
  await daemon.settle();
  const states = liveEntries(world).map(({ container, state }) => `${container} ${state}`);
  expect(states).toEqual(['first granted', 'big waiting']);
  const small = await daemon.deploy(carol, { name: 'small', wait: null });
  expect(small.container.slots).toEqual(['1']);
  await daemon.stop();
});

/** Time in which nothing is due passes in great steps. */
async function skip(
  { clock }: ReturnType<typeof worldOf>,
  rules: ReturnType<typeof createRules>,
  durationMs: number,
): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= hourMs / 2) {
    clock.advance(Math.min(leftMs, hourMs / 2));
    await rules.pass();
  }
}

const pause = { route: 'containers.pause', at: hourMs / 2 } as const;
const stop = { route: 'containers.stop', at: 8.1 * hourMs } as const;

test.each([
  ['pauses it', [pause]],
  ['stops and starts it', [pause, { route: 'containers.start', at: 7.8 * hourMs }]],
  [
    'stops and starts it again and again',
    [
      { route: 'containers.stop', at: 0.9 * hourMs },
      { route: 'containers.start', at: 1.1 * hourMs },
      { route: 'containers.pause', at: 1.15 * hourMs },
      stop,
    ],
  ],
] as const)('it ends when it was to, also when its owner %s', async (_, deeds) => {
  const world = worldOf();
  const daemon = await untilBobWaits(world);
  const rules = createRules(world, { deps: daemon.deps });
  const small = await daemon.deploy(carol, { name: 'small', wait: null });
  expect(small.explanation).toMatch(/goes to a request that waits at .*17:1\d UTC/);
  let atMs = 0;
  for (const { route, at } of deeds) {
    await skip(world, rules, at - atMs);
    atMs = at;
    await daemon.operations.call(route, carol, { name: 'small' });
  }
  const nearMs = Math.max(atMs, 7.75 * hourMs);
  await skip(world, rules, nearMs - atMs);
  await rules.live(8.25 * hourMs + 3 * minuteMs - nearMs);
  await daemon.operations.call('containers.retire', alice, { name: 'first' });
  await daemon.settle();
  expect(liveEntries(world)).toEqual([]);
  const { containers } = await daemon.operations.call('containers.list', bob, {});
  expect(containers).toMatchObject([{ name: 'big', state: 'running' }]);
  await daemon.stop();
});

test('its owner is told at the grant, in lists and before it is stopped', async () => {
  const world = worldOf();
  const daemon = await untilBobWaits(world);
  const rules = createRules(world, { deps: daemon.deps });
  await daemon.deploy(carol, { name: 'small', wait: null });
  await skip(world, rules, hourMs / 4);
  await daemon.operations.call('containers.pause', carol, { name: 'small' });
  await skip(world, rules, hourMs);
  const { containers } = await daemon.operations.call('containers.list', carol, {});
  expect(containers).toMatchObject([{ stopReason: 'stopped: its GPU is for who waits then' }]);
  const explained = await daemon.operations.call('containers.explain', carol, { name: 'small' });
  expect(explained.next).toMatchObject({ rule: 'max-runtime', at: containers[0]?.stopsAt });
  expect(explained.next?.message).toContain('for a request that waits');
  await skip(world, rules, 6 * hourMs);
  await rules.live(hourMs);
  expect(toldTitles(world, 'carol')).toEqual(
    expect.arrayContaining([
      expect.stringContaining('last warning: small will be stopped'),
      expect.stringContaining('small is being stopped: its GPU is for who waits'),
    ]),
  );
  await daemon.stop();
});

test('where nobody waits any more nothing is promised', async () => {
  const world = worldOf();
  const daemon = await untilBobWaits(world);
  const rules = createRules(world, { deps: daemon.deps });
  await daemon.deploy(carol, { name: 'small', wait: null });
  await skip(world, rules, hourMs / 4);
  await daemon.operations.call('containers.pause', carol, { name: 'small' });
  const [entry] = liveEntries(world);
  await daemon.operations.call('queue.leave', bob, { id: entry?.id ?? '' });
  await daemon.settle();
  await skip(world, rules, 9 * hourMs);
  const { containers } = await daemon.operations.call('containers.list', carol, {});
  expect(containers).toMatchObject([{ name: 'small', state: 'paused', stopsAt: null }]);
  await daemon.stop();
});

test('more runtime that would move it is not given by its owner, but by an administrator', async () => {
  const world = createWorld({
    accounts: everybody,
    gpus: host(gpu(0), gpu(1)),
    settings: `${settings}lifecycle:\n  extend_max_h: 4\n`,
    limits: limitsWith(8),
  });
  const daemon = await untilBobWaits(world);
  const rules = createRules(world, { deps: daemon.deps });
  const small = await daemon.deploy(carol, { name: 'small', wait: null });
  const by4h = { name: 'small', byMs: 4 * hourMs, reason: null };
  await skip(world, rules, hourMs / 2);
  await daemon.operations.call('containers.pause', carol, { name: 'small' });
  await skip(world, rules, 5 * hourMs);
  await daemon.operations.call('containers.unpause', carol, { name: 'small' });
  const asked = await daemon.operations.call('containers.extend', carol, by4h);
  expect(asked).toMatchObject({
    granted: false,
    note: expect.stringContaining('request that waits'),
  });
  await daemon.operations.call('admin.users.extend', dana, {
    user: 'carol',
    container: 'small',
    byMs: 4 * hourMs,
    grant: true,
    reason: null,
  });
  await skip(world, rules, 3.5 * hourMs);
  const { containers } = await daemon.operations.call('containers.list', carol, {});
  expect(containers).toMatchObject([{ id: small.container.id, state: 'running' }]);
  await daemon.stop();
});

test('who could outlast the start of the reserved head is not let in', async () => {
  const exempt = `exemptions:
  - username: carol
    exempt_from: [max_runtime_h]
    reason: a demonstration
    approved_by: dana
    approved_on: 2025-12-01
    expires_on: 2026-12-01
`;
  for (const world of [
    // No runtime limit holds for her.
    worldOf({ config: { [exemptions]: exempt } }),
    // An hour, the claim, the start and the hold afterwards are more than an hour and a half.
    worldOf({ hours: 1.25 }),
  ]) {
    const daemon = await untilBobWaits(world);
    await expect(daemon.deploy(carol, { name: 'small', wait: null })).rejects.toMatchObject({
      code: 'gpu.none-free',
      message: expect.stringContaining('could run past its start'),
    });
    await daemon.stop();
  }
});

test('time that people may add themselves counts as theirs', async () => {
  const world = createWorld({
    accounts: everybody,
    gpus: host(gpu(0), gpu(1)),
    settings: `${settings}lifecycle:\n  extend_max_h: 10\n`,
    limits: limitsWith(8),
  });
  const daemon = await untilBobWaits(world);
  await expect(daemon.deploy(carol, { name: 'small', wait: null })).rejects.toMatchObject({
    code: 'gpu.none-free',
  });
  await daemon.stop();
});

test('a clock that was set back lets nobody in for longer', async () => {
  const world = worldOf({ hours: 1 });
  const daemon = await untilBobWaits(world);
  world.clock.jump(-365 * 24 * hourMs);
  daemon.queue.wake();
  await daemon.settle();
  await expect(daemon.deploy(carol, { name: 'small', wait: null })).rejects.toMatchObject({
    code: 'gpu.none-free',
  });
  await daemon.stop();
});
