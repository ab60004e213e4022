import { containerIdSchema, type ContainerId } from '@ds01/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { planted } from '../testing/adoption.ts';
import { deployed } from '../testing/commands.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, gpuUuid, host } from '../testing/gpus.ts';
import { alice, bob } from '../testing/people.ts';
import { createRules, eventsOf, eventTypes, shortLimits, type Rules } from '../testing/rules.ts';
import { createWorld, hourMs, type World, type WorldOptions } from '../testing/world.ts';
import { stop } from '../stop.ts';
import { pause } from '../pause.ts';

const minuteMs = 60_000;
const dayMs = 24 * hourMs;
const stopThesis = { name: 'thesis', force: false, timeoutSeconds: null };

let world: World;
let rules: Rules;

function begin(options: WorldOptions): void {
  world = createWorld({ accounts: [alice.owner, bob.owner], ...options });
  rules = createRules(world);
}
afterEach(() => {
  world.close();
});
async function made(name: string): Promise<ContainerId> {
  const { container } = await deployed(world, name);
  rules.idle(container.id);
  return container.id;
}
const changeSomething = (id: ContainerId) =>
  world.engine.makeContainerFolder(
    id,
    '/opt/mine',
    { uid: 2001, gid: 2001, mode: 0o755 },
    { parent: 'missing' },
  );
const liveLeases = () => world.store.transaction(({ leases }) => leases.live());
const stopsOf = () =>
  eventsOf(world, 'lifecycle.idle-stopped').map(({ event, atMs }) => [event.container, atMs]);

describe('a container whose hold is over', () => {
  const limits = shortLimits({ defaults: { container_hold_after_stop_h: 1 } });

  test('leaves what it changed as an image, for as long as the site says', async () => {
    begin({ limits, settings: 'lifecycle: { kept_days: 7 }\n' });
    const id = await made('thesis');
    await changeSomething(id);
    await stop(world.deps(), alice, stopThesis);
    await rules.live(hourMs);
    const removed = eventsOf(world, 'lifecycle.container-removed').map(
      ({ event }) => event.details,
    );
    expect(removed).toEqual([{ rule: 'container-hold', keptAs: 'ds01-alice/thesis:kept-1' }]);
    world.clock.advance(7 * dayMs - minuteMs);
    await rules.pass();
    expect(await world.engine.inspectImage('ds01-alice/thesis:kept-1')).not.toBeNull();
    world.clock.advance(minuteMs);
    await rules.pass();
    expect(await world.engine.inspectImage('ds01-alice/thesis:kept-1')).toBeNull();
    expect(eventTypes(world, 'lifecycle.kept')).toEqual(['lifecycle.kept-image-removed']);
  });

  test('leaves an image that stays while it is used, which is not tried in every pass', async () => {
    begin({ limits, settings: 'lifecycle: { kept_days: 7 }\n' });
    const id = await made('thesis');
    await changeSomething(id);
    await stop(world.deps(), alice, stopThesis);
    await rules.live(hourMs);
    await deployed(world, 'again', { image: 'ds01-alice/thesis:kept-1', gpu: { kind: 'none' } });
    world.clock.advance(8 * dayMs);
    const process = world.process();
    rules = createRules(world, { deps: process.deps });
    await rules.live(10 * minuteMs);
    const tries = process.lifeline.calls.filter((label) => label === 'engine.removeImage');
    expect(tries).toHaveLength(1);
    await world.engine.removeContainer((await world.engine.listContainers())[0]?.id ?? id, {
      force: true,
    });
    world.clock.advance(hourMs);
    await rules.pass();
    expect(await world.engine.inspectImage('ds01-alice/thesis:kept-1')).toBeNull();
  });

  test('leaves no image when it was a job’s, and goes at once', async () => {
    begin({ limits });
    const id = await made('thesis');
    world.store.transaction(({ containers }) => {
      const record = containers.get(id);
      if (record !== null) containers.put({ ...record, job: 'job-1' });
    });
    await stop(world.deps(), alice, stopThesis);
    await rules.pass();
    expect(await world.engine.listContainers()).toEqual([]);
    expect(liveLeases()).toEqual([]);
    const removed = eventsOf(world, 'lifecycle.container-removed').map(
      ({ event }) => event.details,
    );
    expect(removed).toEqual([{ rule: 'job', keptAs: null }]);
  });
});

test('a container that is never started goes after its time, with its lease', async () => {
  begin({ limits: shortLimits() });
  await deployed(world, 'thesis', { start: false });
  await rules.live(30 * minuteMs - 1000);
  expect(await world.engine.listContainers()).toHaveLength(1);
  await rules.live(1000);
  expect(await world.engine.listContainers()).toEqual([]);
  expect(liveLeases()).toEqual([]);
});

test('a frozen container is idle as any other, and is stopped though it is frozen', async () => {
  begin({ limits: shortLimits({ defaults: { max_runtime_h: 1 } }) });
  const id = await made('thesis');
  await pause(world.deps(), alice, { name: 'thesis' });
  await rules.live(61_000);
  expect(await world.engine.inspectContainer(id)).toMatchObject({ state: 'exited' });
  expect(eventTypes(world, 'lifecycle.idle-stopped')).toHaveLength(1);
});

describe('demand', () => {
  const limits = shortLimits({ defaults: { idle_timeout_h: 1 } });

  test('that is high by what is held or out of our hands halves timeouts, and is told', async () => {
    begin({
      limits,
      gpus: host(gpu(0), gpu(1), gpu(2, { health: { state: 'unhealthy', reasons: [] } })),
    });
    const startedMs = world.clock.nowMs();
    await made('thesis');
    await rules.live(minuteMs);
    expect(eventTypes(world, 'lifecycle.demand')).toEqual([]);
    const foreign = gpusFlag({ deviceIds: [gpuUuid(1)] });
    const startedAtMs = world.clock.nowMs();
    await planted(
      world,
      foreignContainer(1, { ...foreign, createdAtMs: startedAtMs, startedAtMs }),
    );
    await rules.live(30 * minuteMs);
    expect(eventTypes(world, 'lifecycle.demand')[0]).toBe('lifecycle.demand-rose');
    expect(eventsOf(world, 'lifecycle.idle-warned')[0]?.event.details).toMatchObject({
      highDemand: true,
    });
    expect(stopsOf()).toContainEqual(['thesis._.alice', startedMs + 30 * minuteMs]);
  });
});

describe('whatever door it came in by,', () => {
  test.each([
    [
      'a compose project of an owner',
      { 'com.docker.compose.project': 'x', 'aime.mlc.USER': 'alice' },
      30,
    ],
    [
      'a dev container of an owner',
      { 'devcontainer.local_folder': '/home/alice/x', 'aime.mlc.USER': 'alice' },
      60,
    ],
    ['one of nobody', { 'ds01.interface': 'api', 'ds01.managed': 'true' }, 15],
  ])('%s has the smaller of its type’s limit and its owner’s', async (_, labels, minutes) => {
    begin({ limits: shortLimits({ defaults: { idle_timeout_h: 1 } }) });
    const startedAtMs = world.clock.nowMs();
    const id = containerIdSchema.parse('b'.repeat(64));
    await planted(world, {
      ...foreignContainer(1, { ...gpusFlag({ deviceIds: [gpuUuid(0)] }), labels }),
      id,
      createdAtMs: startedAtMs,
      startedAtMs,
    });
    rules.idle(id);
    await rules.live((minutes + 1) * minuteMs);
    expect(stopsOf()).toEqual([['foreign-1', startedAtMs + minutes * minuteMs]]);
  });
});
