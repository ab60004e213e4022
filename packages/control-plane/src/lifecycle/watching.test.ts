import { ds01Error } from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { gpu, host, migGpu } from '../testing/gpus.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, dana } from '../testing/people.ts';
import { createRules, eventsOf, eventTypes, shortLimits, type Rules } from '../testing/rules.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { createStallWatch } from './stall-watch.ts';

const settings = `
notify:
  webhooks: ['https://hooks.example.org/ds01']
lifecycle:
  extend_max_h: 2
`;

let world: World;
let rules: Rules;

beforeEach(() => {
  const limits = shortLimits({ defaults: { idle_timeout_h: 10, max_runtime_h: 4 } });
  world = createWorld({ limits, settings, accounts: [alice.owner, dana.owner] });
  rules = createRules(world);
});
afterEach(() => {
  world.close();
});
const outbox = () =>
  world.store.transaction((transaction) =>
    transaction.outbox.due(Number.MAX_SAFE_INTEGER, 100).map(({ channel }) => channel),
  );

test('a loop that hangs is told within two periods, once, and so is its return', async () => {
  const watch = createStallWatch(world.deps(), rules.lifecycle);
  await rules.pass();
  world.clock.advance(49_000);
  expect(watch.check()).toBe(false);
  world.clock.advance(1000);
  expect(watch.check()).toBe(true);
  expect(watch.check()).toBe(false);
  expect(watch.stalledSinceMs()).toBe(world.clock.nowMs() - 50_000);
  expect(outbox()).toEqual(['webhook']);
  await rules.pass();
  expect(watch.check()).toBe(false);
  expect(watch.stalledSinceMs()).toBeNull();
  expect(eventTypes(world, 'lifecycle.')).toEqual(['lifecycle.stalled', 'lifecycle.recovered']);
});

test('passes that can measure nothing are told, too', async () => {
  const deps = world.deps();
  const activity = { read: () => Promise.reject(new Error('no such file')) };
  rules = createRules(world, { deps: { ...deps, activity } });
  const watch = createStallWatch(deps, rules.lifecycle);
  await rules.live(51_000);
  watch.check();
  expect(eventsOf(world, 'lifecycle.stalled').map(({ event }) => event.details)).toMatchObject([
    { what: 'measurements' },
  ]);
});

test.each(['GPUs', 'counters'])('%s that nobody can read are told, too', async (what) => {
  const { container } = await deployed(world, 'thesis');
  rules.idle(container.id);
  const watch = createStallWatch(world.deps(), rules.lifecycle);
  await rules.live(60_000);
  expect(watch.check()).toBe(false);
  if (what === 'GPUs') world.probe.fail(ds01Error('gpu.probe-failed', { message: 'It hangs.' }));
  else world.activity.readings.clear();
  await rules.live(51_000);
  expect(watch.check()).toBe(true);
  expect(eventsOf(world, 'lifecycle.stalled').map(({ event }) => event.details)).toMatchObject([
    { what: 'measurements' },
  ]);
});

test('nothing has to be measured where nobody holds a GPU', async () => {
  world.probe.fail(ds01Error('gpu.probe-failed', { message: 'It hangs.' }));
  const watch = createStallWatch(world.deps(), rules.lifecycle);
  await rules.live(120_000);
  expect(watch.check()).toBe(false);
});

test('a GPU that is divided otherwise after a reboot is told', async () => {
  world.probe.set(host(migGpu(0), gpu(1)));
  await rules.pass();
  world.clock.reboot();
  world.probe.set(host(gpu(0), gpu(1)));
  await rules.pass();
  expect(eventsOf(world, 'gpu.layout-changed').map(({ event }) => event.details)).toMatchObject([
    { before: ['2g.10gb@4', '3g.20gb@0'], after: [], afterReboot: true },
  ]);
});

test('more runtime is granted up to what the site allows, and asked for beyond', async () => {
  const call = operationsOf(world).call;
  await deployed(world, 'thesis');
  const first = await call('containers.extend', alice, { name: 'thesis', byMs: 2 * hourMs });
  expect(first).toMatchObject({ granted: true, extensionMs: 2 * hourMs, requestedMs: null });
  expect(Date.parse(first.stopsAt ?? '')).toBe(world.clock.nowMs() + 6 * hourMs);
  const second = await call('containers.extend', alice, {
    name: 'thesis',
    byMs: hourMs,
    reason: 'a deadline',
  });
  expect(second).toMatchObject({ granted: false, requestedMs: hourMs });
  const { requests } = await call('admin.extensions', dana, {});
  expect(requests).toMatchObject([{ user: 'alice', container: 'thesis', reason: 'a deadline' }]);
  const answer = { user: 'alice', container: 'thesis' };
  const granted = await call('admin.users.extend', dana, answer);
  expect(granted).toMatchObject({ extensionMs: 3 * hourMs, requestedMs: null });
  expect((await call('admin.extensions', dana, {})).requests).toEqual([]);
  await expect(call('admin.users.extend', dana, answer)).rejects.toMatchObject({
    code: 'extension.not-found',
  });
  expect(eventTypes(world, 'lifecycle.')).toEqual([
    'lifecycle.extended',
    'lifecycle.extension-requested',
    'lifecycle.extended',
  ]);
  expect(outbox()).toContain('workspace');
});

test('an idle stop can’t be postponed for longer than the site allows, which is named', async () => {
  await deployed(world, 'thesis');
  const keep = (forMs: number) =>
    operationsOf(world).call('containers.keep', alice, { name: 'thesis', forMs });
  await expect(keep(25 * hourMs)).rejects.toMatchObject({
    code: 'keep.too-long',
    hint: 'ds01 container keep thesis --for 24h',
  });
  const kept = await keep(20 * hourMs);
  expect(Date.parse(kept.keptUntil ?? '')).toBe(world.clock.nowMs() + 20 * hourMs);
  expect((await keep(0)).keptUntil).toBeNull();
});

test('without a loop a plan says what would happen, a run does it, and lists say when', async () => {
  const call = operationsOf(world).call;
  const { container } = await deployed(world, 'thesis');
  rules.idle(container.id);
  await rules.live(2 * 60_000);
  const { containers } = await call('containers.list', alice, { all: false });
  expect(Date.parse(containers[0]?.stopsAt ?? '')).toBe(
    Date.parse(container.createdAt ?? '') + 4 * hourMs,
  );
  const untilMs = world.clock.nowMs() + 5 * hourMs;
  const { actions } = await call('admin.lifecycle.plan', dana, { untilMs });
  expect(actions.map(({ action, rule }) => `${action} ${rule}`)).toEqual([
    'warn max-runtime',
    'warn max-runtime',
    'stop max-runtime',
    'release-gpu gpu-hold',
    'remove container-hold',
  ]);
  expect(eventTypes(world, 'lifecycle.')).toEqual([]);
  world.clock.advance(3.5 * hourMs);
  await rules.live(27 * 60_000);
  world.clock.advance(60_000);
  const dry = await call('admin.lifecycle.run', dana, {}, { dryRun: true });
  expect(dry.actions).toMatchObject([{ action: 'stop', rule: 'max-runtime' }]);
  const ran = await call('admin.lifecycle.run', dana, { rule: 'max-runtime' });
  expect(ran).toMatchObject({ inspected: 1, actions: [{ action: 'stop' }], failed: [] });
  expect(eventTypes(world, 'lifecycle.runtime-stopped')).toHaveLength(1);
});
