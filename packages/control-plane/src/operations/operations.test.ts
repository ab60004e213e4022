import { isCallId, routeIds, routes, type CallId, type RouteInput } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import { answersAtOnce } from './at-once-calls.ts';

const administrators = routeIds.filter(isCallId).filter((id) => routes[id].role === 'admin');

/** Operations that only look, and their least input. */
const looks = {
  'admin.containers': { all: true },
  'admin.leases': {},
  'admin.queue': {},
  'admin.users': {},
  'admin.overview': {},
  'admin.workloads': {},
  'admin.limits.check': {},
  'admin.limits.explain': { user: 'alice', key: 'max_cpus' },
} satisfies { readonly [Id in CallId]?: RouteInput<Id> };

describe('operations', () => {
  test.each(administrators)('%s is for administrators alone', async (id) => {
    const world = createWorld();
    const given: unknown = {};
    const asked = operationsOf(world).call(id, bob, given as RouteInput<CallId>);
    await expect(asked).rejects.toMatchObject({ code: 'access.denied' });
    expect(world.engine.calls.size).toBe(0);
  });

  test.each(Object.entries(looks))('an administrator gets an answer of %s', async (name, input) => {
    const id = administrators.find((known) => known === name) ?? 'admin.leases';
    const asked = operationsOf(createWorld()).call(id, dana, input as RouteInput<CallId>);
    await expect(asked).resolves.toBeDefined();
  });

  test.each([
    ['daemon.health', bob, { alive: true }],
    ['version', bob, { mode: 'embedded' }],
    ['users.me', alice, { user: 'alice', role: 'user' }],
  ] as const)('%s waits for nothing, and is the same as a promise', async (id, person, answer) => {
    const operations = operationsOf(createWorld());
    const given = operations.callAtOnce(id, person, {});
    expect(given).toMatchObject(answer);
    expect(await operations.call(id, person, {})).toEqual(given);
    const wrong: unknown = { all: true };
    const refused = () => operations.callAtOnce(id, person, wrong as RouteInput<typeof id>);
    expect(refused).toThrow('was not understood');
    expect(answersAtOnce(id)).toBe(true);
  });

  test('everybody’s containers are an administrator’s to see, others see their own', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const operations = operationsOf(world);
    const all = { all: true };
    expect((await operations.call('admin.containers', dana, all)).containers).toHaveLength(1);
    expect((await operations.call('containers.list', alice, all)).containers).toHaveLength(1);
    expect((await operations.call('containers.list', bob, all)).containers).toEqual([]);
    expect((await operations.call('containers.list', dana, all)).containers).toEqual([]);
  });

  test('an input that the schema doesn’t know is refused before anything is looked at', async () => {
    const world = createWorld();
    const input = { name: 'thesis', uid: 0 };
    await expect(operationsOf(world).call('containers.stop', alice, input)).rejects.toMatchObject({
      code: 'request.invalid',
      hint: '/api/docs#containers.stop says what it takes, /openapi.json says it to programs',
    });
    expect(world.engine.calls.size).toBe(0);
  });

  test('a dry run that only looks writes down nothing of what it saw', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const operations = operationsOf(world);
    const ready = () => world.store.transaction(({ meta }) => meta.get('ready'));
    world.store.transaction(({ meta }) => meta.remove('ready'));
    const dry = { dryRun: true };
    await operations.stream('containers.logs', alice, { name: 'thesis' }, dry);
    await operations.call('containers.show', alice, { name: 'thesis' }, dry);
    await operations.call('containers.stats', alice, {}, dry);
    await operations.call('containers.top', alice, { name: 'thesis' }, dry);
    expect(ready()).toBeNull();
    await operations.stream('containers.logs', alice, { name: 'thesis' });
    expect(ready()).toBe('1');
  });

  test('limits of somebody else are not there for a user', async () => {
    const operations = operationsOf(createWorld());
    const show = (person: typeof bob) => operations.call('limits.show', person, { user: 'alice' });
    await expect(show(bob)).rejects.toMatchObject({ code: 'user.unknown' });
    expect(await show(alice)).toMatchObject({ user: 'alice' });
    expect(await show(dana)).toMatchObject({ user: 'alice' });
  });

  test('two deploys of one name at once are one container, and the second finds it', async () => {
    const operations = operationsOf(createWorld());
    const input = { name: 'thesis', image: 'ds01/busybox', project: null, workspace: null };
    const deploy = () =>
      operations.call('containers.deploy', alice, { ...input, gpu: { kind: 'none' } });
    const [first, second] = await Promise.all([deploy(), deploy()]);
    expect([first.outcome, second.outcome]).toEqual(['created', 'already-running']);
    expect(second.container.id).toBe(first.container.id);
  });
});
