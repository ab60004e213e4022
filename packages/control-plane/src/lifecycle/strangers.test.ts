import { ds01Error } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { emergencyStop } from '../act/emergency-stop.ts';
import { tellRefusal } from '../events/refusals.ts';
import type { Operations } from '../operations/operations.ts';
import { planted } from '../testing/adoption.ts';
import { deployed } from '../testing/commands.ts';
import { foreignContainer } from '../testing/foreign.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createRules, eventTypes, shortLimits } from '../testing/rules.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';

const settings = `
notify: { webhooks: ['https://hooks.example.org/ds01'] }
lifecycle: { extend_max_h: 1 }
`;
/** Another person, who has Alice's name now. */
const newAlice = { ...alice, owner: { ...alice.owner, uid: 2900 } };

let world: World;
let operations: Operations;
beforeEach(() => {
  const limits = shortLimits({ defaults: { idle_timeout_h: 10, max_runtime_h: 4 } });
  world = createWorld({ limits, settings, accounts: [alice.owner, bob.owner, dana.owner] });
  operations = operationsOf(world);
});
afterEach(() => world.close());

describe.each([
  ['somebody else', bob],
  ['a later account of the same name', newAlice],
] as const)('of a container, %s', (_, stranger) => {
  test('learns, keeps and extends nothing, by any of its names', async () => {
    const { container } = await deployed(world, 'thesis');
    const before = eventTypes(world, '');
    for (const name of ['thesis', 'thesis._.alice', container.id.slice(0, 12)]) {
      const denied = { code: 'container.not-found' };
      await expect(operations.call('containers.explain', stranger, { name })).rejects.toMatchObject(
        denied,
      );
      const keep = operations.call('containers.keep', stranger, { name, forMs: hourMs });
      await expect(keep).rejects.toMatchObject(denied);
      const extend = operations.call('containers.extend', stranger, { name, byMs: hourMs });
      await expect(extend).rejects.toMatchObject(denied);
    }
    expect(eventTypes(world, '')).toEqual(before);
  });

  test('sees no event of it, listed, counted or followed', async () => {
    const { container } = await deployed(world, 'thesis');
    for (const name of [null, 'thesis', 'thesis._.alice', container.id]) {
      const listed = await operations.call('events.list', stranger, { container: name });
      expect(listed.events).toEqual([]);
      const summary = await operations.call('events.summary', stranger, { container: name });
      expect(summary).toMatchObject({ total: 0, users: [] });
    }
    const ending = new AbortController();
    const input = { sinceMs: 0, container: container.id };
    const lines: unknown[] = [];
    world.clock.advance(1);
    const followed = await operations.stream('events.follow', stranger, input, {
      signal: ending.signal,
    });
    const reading = (async () => {
      for await (const line of followed) lines.push(line);
    })();
    ending.abort();
    await reading;
    expect(lines).toEqual([]);
  });
});

test('whoever asks for more runtime again and again is told to administrators once', async () => {
  await deployed(world, 'thesis');
  const ask = (byMs: number) =>
    operations.call('containers.extend', alice, { name: 'thesis', byMs, reason: 'please' });
  for (let hours = 2; hours < 40; hours += 1) await ask(hours * hourMs);
  expect(await ask(50 * hourMs)).toMatchObject({ granted: false, requestedMs: 2 * hourMs });
  expect(eventTypes(world, 'lifecycle.')).toEqual(['lifecycle.extension-requested']);
  const outbox = world.store.transaction((ledger) =>
    ledger.outbox.due(Number.MAX_SAFE_INTEGER, 100),
  );
  expect(outbox).toHaveLength(1);
  world.clock.advance(hourMs / 12);
  expect(await ask(50 * hourMs)).toMatchObject({
    note: 'an administrator was asked for 2h already; another span can be asked for in 5m',
  });
  world.clock.advance(hourMs / 12);
  expect(await ask(50 * hourMs)).toMatchObject({ requestedMs: 50 * hourMs });
});

test('a reason that is given later stands with the request', async () => {
  await deployed(world, 'thesis');
  const ask = { name: 'thesis', byMs: 2 * hourMs };
  await operations.call('containers.extend', alice, ask);
  await operations.call('containers.extend', alice, { ...ask, reason: 'final epoch' });
  await operations.call('containers.extend', alice, ask);
  const { requests } = await operations.call('admin.extensions', dana, {});
  expect(requests).toMatchObject([{ byMs: 2 * hourMs, reason: 'final epoch' }]);
});

test('whoever keeps a container or is refused in a loop makes few events', async () => {
  await deployed(world, 'thesis');
  const deps = world.deps();
  const { name: user, uid } = alice.owner;
  const about = { user, uid, container: null, containerId: null };
  const refused = ds01Error('gpu.none-free', { message: 'No GPU is free.' });
  for (let turn = 0; turn < 20; turn += 1) {
    await operations.call('containers.keep', alice, { name: 'thesis', forMs: hourMs });
    const asked = tellRefusal(deps, about, () => Promise.reject(refused));
    await expect(asked).rejects.toBe(refused);
    world.clock.advance(100);
  }
  expect(eventTypes(world, 'lifecycle.')).toEqual(['lifecycle.kept-alive']);
  expect(eventTypes(world, 'gpu.refused')).toHaveLength(5);
});

test('a container that is called after the id of another is not taken for it', async () => {
  const { container } = await deployed(world, 'thesis');
  const decoy = foreignContainer(1);
  await planted(world, { ...decoy, dockerName: container.id });
  await operations.call('admin.containers.stop', dana, { container: container.id });
  expect(await world.engine.inspectContainer(container.id)).toMatchObject({ state: 'exited' });
  expect(await world.engine.inspectContainer(decoy.id)).toMatchObject({ state: 'running' });
});

test('nobody follows events in so many places that others can’t', async () => {
  const ending = new AbortController();
  const follow = (person: typeof bob, { signal } = ending) =>
    operations.stream('events.follow', person, {}, { signal });
  for (let place = 0; place < 32; place += 1) await follow(bob);
  await expect(follow(bob)).rejects.toMatchObject({ code: 'session.too-many' });
  await follow(alice);
  ending.abort();
  await follow(bob, new AbortController());
});

describe('somebody’s own stop that takes a day', () => {
  const busy = Promise.withResolvers<void>();
  const rulesOf = async () => {
    const rules = createRules(world);
    const { container } = await deployed(world, 'thesis');
    rules.idle(container.id);
    const hold = rules.turns.take('alice/thesis', () => busy.promise);
    const stateOf = async () => (await world.engine.inspectContainer(container.id)).state;
    return { rules, container, hold, stateOf };
  };

  test('keeps no rule from ending the container', async () => {
    const { rules, stateOf } = await rulesOf();
    world.clock.advance(5 * hourMs);
    for (let minutes = 0; minutes < 60 && (await stateOf()) === 'running'; minutes += 1) {
      await rules.lifecycle.pass();
      world.clock.advance(60_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await rules.lifecycle.settled();
    expect(await stateOf()).toBe('exited');
  });

  test('keeps no administrator from stopping it, or everything', async () => {
    const { rules, stateOf } = await rulesOf();
    const deps = world.deps();
    const acting = { deps, turns: rules.turns, by: dana.owner.name, options: {} };
    const stop = emergencyStop(acting, { user: null, force: true, reason: null });
    await new Promise((resolve) => setImmediate(resolve));
    world.clock.advance(31_000);
    expect((await stop).containers).toMatchObject([{ done: true }]);
    expect(await stateOf()).toBe('exited');
  });
});
