import { isCallId, routeIds, routes, type CallId, type RouteInput } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';

/** Inputs of the operations that only administrators may run; a new one has to be added. */
const adminInputs = {
  'admin.containers': { all: true },
  'admin.leases': {},
  'admin.users': {},
  'admin.limits.check': {},
  'admin.limits.explain': { user: 'alice', key: 'max_cpus' },
};

describe('operations', () => {
  test.each(Object.keys(adminInputs))('%s is for administrators alone', async (name) => {
    const operations = operationsOf(createWorld());
    const id = routeIds.filter(isCallId).find((known) => known === name) ?? 'admin.leases';
    const input = Object.entries(adminInputs).find(([known]) => known === name)?.[1];
    const call = (person: typeof bob) => operations.call(id, person, input as RouteInput<CallId>);
    await expect(call(bob)).rejects.toMatchObject({ code: 'access.denied' });
    await expect(call(dana)).resolves.toBeDefined();
  });

  test('the table and the operations agree on who is an administrator’s alone', () => {
    const admin = routeIds.filter((id) => routes[id].role === 'admin');
    expect(admin.toSorted()).toEqual(Object.keys(adminInputs).toSorted());
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
