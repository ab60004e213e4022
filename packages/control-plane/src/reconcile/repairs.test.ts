import { adminContainers } from '../admin.ts';
import { expect, test } from 'vitest';
import { retire } from '../remove.ts';
import { stop } from '../stop.ts';
import { deployed, listAll } from '../testing/commands.ts';
import { gpu, host } from '../testing/gpus.ts';
import { brokenInvariants, lookAt } from '../testing/invariants.ts';
import { alice } from '../testing/people.ts';
import { createWorld, hourMs } from '../testing/world.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };

test('a lost GPU of a stopped container is given up when the hold is over', async () => {
  const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
  await deployed(world, 'thesis');
  world.probe.set(host(gpu(1)));
  await listAll(world);
  await stop(world.deps(), alice, thesis);
  await listAll(world);
  expect((await lookAt(world)).leases).toMatchObject([{ state: 'lost' }]);
  world.clock.advance(hourMs);
  await listAll(world);
  expect((await lookAt(world)).leases).toEqual([]);
});

test('a parent that the engine made without limits gets its owner’s limits back', async () => {
  const world = createWorld({ gpus: host(gpu(0)) });
  await deployed(world, 'thesis');
  const [parent = ''] = world.cgroups.folders.keys();
  const limits = world.cgroups.folders.get(parent);
  world.cgroups.folders.set(parent, null);
  await listAll(world);
  expect(world.cgroups.folders.get(parent)).toEqual(limits);
});

test('a name that was changed behind our back is learned', async () => {
  const world = createWorld({ gpus: host(gpu(0)) });
  const { container } = await deployed(world, 'thesis');
  await world.engine.renameContainer(container.id, 'moved');
  await listAll(world);
  const record = world.store.transaction(({ containers }) => containers.get(container.id));
  expect(record).toMatchObject({ dockerName: 'moved', name: 'thesis' });
  expect(await brokenInvariants(world)).toEqual([]);
});

test('a list says since when a container runs', async () => {
  const world = createWorld({ gpus: host(gpu(0)) });
  const startedAt = new Date(world.clock.nowMs()).toISOString();
  await deployed(world, 'thesis');
  world.clock.advance(hourMs / 60);
  expect((await listAll(world)).containers).toMatchObject([{ startedAt }]);
  await stop(world.deps(), alice, thesis);
  expect((await listAll(world)).containers).toMatchObject([{ startedAt: null }]);
});

test('the record of a container that is removed while it is looked at does not come back', async () => {
  const world = createWorld({ gpus: host(gpu(0)) });
  await deployed(world, 'thesis');
  // As after a start that nobody told of: it has to be looked at.
  world.store.transaction(({ containers }) => {
    for (const record of containers.all()) containers.put({ ...record, startedAtMs: null });
  });
  const slow = world.process(async (call) => {
    if (call.label === 'engine.inspectContainer' && call.phase === 'after') {
      await retire(world.deps(), alice, thesis);
    }
    return undefined;
  });
  await adminContainers(slow.deps, { all: true });
  expect(world.store.transaction(({ containers }) => containers.all())).toEqual([]);
  expect([...world.cgroups.folders.keys()]).toEqual([]);
});
