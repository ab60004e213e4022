import { expect, test } from 'vitest';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob, carol, dana, everybody } from '../testing/people.ts';
import { liveEntries, startQueue } from '../testing/queue.ts';
import { createWorld, hourMs, roomyLimits } from '../testing/world.ts';

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
  return `${roomyLimits.replace('defaults:', 'defaults:\n  max_runtime_h: 12')}${own}`;
}

function worldOf(more: { readonly hours?: number; readonly config?: Record<string, string> } = {}) {
  const { hours = 8, config = {} } = more;
  const limits = limitsWith(hours);
  return createWorld({ accounts: everybody, gpus: host(gpu(0), gpu(1)), settings, limits, config });
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
