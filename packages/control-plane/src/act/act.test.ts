import { containerIdSchema, type CallId, type RouteInput, type RouteOutput } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Operations } from '../operations/operations.ts';
import { planted } from '../testing/adoption.ts';
import { deployed, listAll } from '../testing/commands.ts';
import { operationsOf } from '../testing/operations.ts';
import { happened } from '../testing/happened.ts';
import { alice, bob, carol, dana } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';

const foreignId = containerIdSchema.parse('b'.repeat(64));

let world: World;
let operations: Operations;
const act = <Id extends CallId>(id: Id, input: RouteInput<Id>): Promise<RouteOutput<Id>> =>
  operations.call(id, dana, input);
const live = () => world.store.transaction(({ leases }) => leases.live());
const eventsOf = (type: string) =>
  happened(world, type).map(({ user, uid, details }) => ({ user, uid, details }));
const shown = async (dockerName: string) => {
  const { containers } = await listAll(world);
  return containers.find((container) => container.dockerName === dockerName);
};
const plantForeign = async (changes: object = {}) => {
  const { container } = await deployed(world, 'template', { gpu: { kind: 'none' } });
  const details = await world.engine.inspectContainer(container.id);
  const bare = { id: foreignId, dockerName: 'behind', labels: {}, user: '', mounts: [] };
  await planted(world, { ...details, ...bare, ...changes });
};

beforeEach(() => {
  world = createWorld({ accounts: [alice.owner, bob.owner, carol.owner, dana.owner] });
  operations = operationsOf(world);
});
afterEach(() => {
  world.close();
});

describe('stopping anybody’s container', () => {
  test('works by owner and name, Docker’s name, id and its beginning, and holds its GPU', async () => {
    const { container } = await deployed(world, 'thesis');
    const operands = ['alice/thesis', 'thesis._.alice', container.id, container.id.slice(0, 12)];
    for (const operand of operands) {
      await operations.call('containers.start', alice, { name: 'thesis' });
      const stopped = await act('admin.containers.stop', { container: operand });
      expect(stopped.container).toMatchObject({ user: 'alice', state: 'stopped' });
      expect(live()).toMatchObject([{ state: 'held', user: 'alice' }]);
    }
  });

  test('of another person of the same name for it leaves this one alone', async () => {
    await deployed(world, 'thesis');
    await deployed(world, 'thesis', { caller: bob });
    await act('admin.containers.stop', { container: 'bob/thesis' });
    expect(await shown('thesis._.alice')).toMatchObject({ state: 'running' });
    await expect(act('admin.containers.stop', { container: 'thesis' })).rejects.toMatchObject({
      code: 'container.not-found',
    });
  });

  test('waits for what its owner is doing with it', async () => {
    await deployed(world, 'thesis');
    const restart = operations.call('containers.restart', alice, { name: 'thesis' });
    const stop = act('admin.containers.stop', { container: 'alice/thesis' });
    await Promise.all([restart, stop]);
    expect(await shown('thesis._.alice')).toMatchObject({ state: 'stopped' });
  });

  test('is for administrators', async () => {
    await deployed(world, 'thesis');
    const own = operations.call('admin.containers.stop', alice, { container: 'alice/thesis' });
    await expect(own).rejects.toMatchObject({ code: 'access.denied' });
  });
});

test('a running container is removed by force alone, and its GPU is free', async () => {
  await deployed(world, 'thesis');
  const plain = act('admin.containers.remove', { container: 'alice/thesis' });
  await expect(plain).rejects.toMatchObject({
    code: 'container.running',
    hint: 'ds01-admin container stop alice/thesis',
  });
  await act('admin.containers.remove', { container: 'alice/thesis', force: true });
  expect(await shown('thesis._.alice')).toBeUndefined();
  expect(live()).toEqual([]);
});

test('protection is kept in the ledger and told', async () => {
  await deployed(world, 'thesis');
  const on = { container: 'alice/thesis', reason: 'a demo' };
  await act('admin.containers.protect', on);
  const again = await act('admin.containers.protect', on);
  expect(again.note).toBe('it was protected already');
  const isProtected = () =>
    world.store.transaction(({ containers }) => containers.all().map((one) => one.protected));
  expect(isProtected()).toEqual([true]);
  await act('admin.containers.protect', { container: 'alice/thesis', on: false });
  expect(isProtected()).toEqual([false]);
  expect(eventsOf('container.protected')).toEqual([
    { user: 'alice', uid: 2001, details: { by: 'dana', reason: 'a demo' } },
  ]);
  expect(eventsOf('container.unprotected')).toHaveLength(1);
});

describe('adopting', () => {
  test('makes a foreign container and its GPU count for a person', async () => {
    const request = { driver: '', count: 0, deviceIds: ['1'], capabilities: [['gpu']] };
    await plantForeign({ deviceRequests: [request] });
    expect(await shown('behind')).toMatchObject({ user: null, managed: false });
    await act('admin.containers.adopt', { container: 'behind', user: 'bob' });
    expect(await shown('behind')).toMatchObject({
      user: 'bob',
      uid: 2002,
      ownerBy: 'administrator',
    });
    expect(live()).toMatchObject([{ state: 'external', user: 'bob' }]);
    expect(eventsOf('container.adopted')).toMatchObject([{ user: 'bob', details: { by: 'dana' } }]);
  });

  test('survives a rename of the container', async () => {
    await plantForeign();
    await act('admin.containers.adopt', { container: 'behind', user: 'bob' });
    await world.engine.renameContainer(foreignId, 'elsewhere');
    expect(await shown('elsewhere')).toMatchObject({ user: 'bob', ownerBy: 'administrator' });
  });

  test('is refused for what DS01 made, and for nobody', async () => {
    await deployed(world, 'thesis');
    await expect(
      act('admin.containers.adopt', { container: 'alice/thesis', user: 'bob' }),
    ).rejects.toMatchObject({ code: 'container.owned' });
    await expect(
      act('admin.containers.adopt', { container: 'alice/thesis', user: 'mallory' }),
    ).rejects.toMatchObject({ code: 'user.unknown' });
  });
});

describe('releasing a lease', () => {
  test('gives the GPU of a stopped container back before its hold ends', async () => {
    await deployed(world, 'thesis');
    await operations.call('containers.stop', alice, { name: 'thesis' });
    const [held] = live();
    const released = await act('admin.leases.release', { lease: held?.id ?? '' });
    expect(released.message).toMatch(/^GPU \d of alice went back to everybody$/);
    expect(live()).toEqual([]);
    expect([...world.gate.grants]).toEqual([]);
    await expect(act('admin.leases.release', { lease: held?.id ?? '' })).rejects.toMatchObject({
      code: 'lease.not-found',
    });
  });

  test('is refused while its container runs', async () => {
    await deployed(world, 'thesis');
    const [bound] = live();
    await expect(act('admin.leases.release', { lease: bound?.id ?? '' })).rejects.toMatchObject({
      code: 'lease.in-use',
      hint: 'ds01-admin container stop alice/thesis',
    });
    expect(live()).toHaveLength(1);
  });
});

describe('an emergency stop', () => {
  test('of everybody stops all that run, protected ones too, and says what it did', async () => {
    await deployed(world, 'thesis');
    await deployed(world, 'other', { caller: bob });
    await deployed(world, 'idle', { caller: bob, gpu: { kind: 'none' } });
    await act('admin.containers.protect', { container: 'bob/other' });
    const { containers } = await act('admin.emergency-stop', { user: null, reason: 'smoke' });
    expect(containers.map(({ dockerName, done }) => [dockerName, done])).toEqual([
      ['idle._.bob', true],
      ['other._.bob', true],
      ['thesis._.alice', true],
    ]);
    const after = await listAll(world);
    expect(after.containers.map(({ state }) => state)).toEqual(['stopped', 'stopped', 'stopped']);
    expect(eventsOf('emergency.stopped')).toEqual([
      { user: null, uid: null, details: { by: 'dana', reason: 'smoke', containers: 3, failed: 0 } },
    ]);
  });

  test('of one person leaves others alone', async () => {
    await deployed(world, 'thesis');
    await deployed(world, 'other', { caller: bob });
    const { containers } = await act('admin.emergency-stop', { user: 'bob' });
    expect(containers).toMatchObject([{ dockerName: 'other._.bob', done: true }]);
    expect(await shown('thesis._.alice')).toMatchObject({ state: 'running' });
  });
});

test('an emergency stop of somebody who is nobody is a mistake', async () => {
  await deployed(world, 'thesis');
  await expect(act('admin.emergency-stop', { user: 'al1ce' })).rejects.toMatchObject({
    code: 'user.unknown',
  });
});

describe('offboarding', () => {
  test('takes containers, leases and images away, and says what stays', async () => {
    const { container } = await deployed(world, 'thesis');
    await deployed(world, 'held');
    await operations.call('containers.stop', alice, { name: 'held' });
    await deployed(world, 'other', { caller: bob });
    const repository = 'ds01-alice/thesis';
    await world.engine.commitContainer(container.id, { repository, tag: 'latest', pause: false });
    const planned = await operations.call(
      'admin.users.offboard',
      dana,
      { user: 'alice' },
      { dryRun: true },
    );
    expect(planned.containers.map(({ message }) => message)).toEqual([
      'it would be removed',
      'it would be stopped and removed',
    ]);
    const done = await act('admin.users.offboard', { user: 'alice' });
    expect(done.containers.map(({ done: isDone }) => isDone)).toEqual([true, true]);
    expect(done.leases.toSorted()).toEqual(planned.leases.toSorted());
    expect(done.leases).toHaveLength(2);
    expect(done.images).toEqual(['ds01-alice/thesis:latest']);
    expect(planned.images).toEqual(done.images);
    expect(done.stays).toEqual(['files in /home/alice/workspace']);
    expect(eventsOf('container.stopped-by-admin')).toEqual([
      {
        user: 'alice',
        uid: 2001,
        details: { by: 'dana', reason: 'the person left', force: false },
      },
    ]);
    expect(live().map(({ user }) => user)).toEqual(['bob']);
    expect((await listAll(world)).containers).toMatchObject([{ user: 'bob', state: 'running' }]);
    const tags = (await world.engine.listImages()).flatMap((image) => image.tags);
    expect(tags.filter((tag) => tag.startsWith('ds01-alice/'))).toEqual([]);
    expect(eventsOf('user.offboarded')).toEqual([
      { user: 'alice', uid: 2001, details: { by: 'dana', containers: 2, leases: 2, images: 1 } },
    ]);
    world.clock.advance(hourMs);
    expect(live().map(({ user }) => user)).toEqual(['bob']);
  });

  test('of somebody who was never here is a mistake', async () => {
    await expect(act('admin.users.offboard', { user: 'mallory' })).rejects.toMatchObject({
      code: 'user.unknown',
    });
  });
});

describe('explaining anybody’s container', () => {
  test('works for one that belongs to nobody known', async () => {
    await plantForeign();
    const explained = await act('admin.containers.explain', { container: 'behind' });
    expect(explained).toMatchObject({ container: { dockerName: 'behind', user: null } });
  });

  test('says that an administrator exempted it, as lists do', async () => {
    await deployed(world, 'thesis');
    await act('admin.containers.protect', { container: 'alice/thesis' });
    const explained = await act('admin.containers.explain', { container: 'alice/thesis' });
    expect(explained.exemption).toContain('An administrator protects it');
    expect(await shown('thesis._.alice')).toMatchObject({ exempt: 'protected' });
  });
});
