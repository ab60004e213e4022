import { readLabels } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { doctor } from './doctor/doctor.ts';
import { recreate } from './recreate.ts';
import { retire } from './remove.ts';
import { stop } from './stop.ts';
import { deployed, listAll, requestFor } from './testing/commands.ts';
import { gpu, host } from './testing/gpus.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { everything, fileOf, madeIn, site } from './testing/site.ts';
import { hourMs, type World } from './testing/world.ts';
import { list, start } from './verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };

async function stoppedWithEverything(world: World): Promise<void> {
  await deployed(world, 'thesis', everything);
  await stop(world.deps(), alice, thesis);
}

test('a start keeps folders, files and secrets at their places', async () => {
  const world = site();
  await stoppedWithEverything(world);
  const before = [...world.pins.requests];
  world.firewall.flush();
  await start(world.deps(), alice, { name: 'thesis' });
  const folders = (all: typeof before) =>
    all.map(([key, requests]) => [
      key,
      requests.map((request) => ('create' in request ? { ...request, create: false } : request)),
    ]);
  expect(folders([...world.pins.requests])).toEqual(folders(before));
  expect(await world.firewall.inForce()).toBe(true);
  expect(await brokenInvariants(world)).toEqual([]);
});

test('after a reboot secrets are lost, and the same deploy brings everything back', async () => {
  const world = site();
  await stoppedWithEverything(world);
  world.pins.reboot();
  await expect(start(world.deps(), alice, { name: 'thesis' })).rejects.toMatchObject({
    code: 'secrets.lost',
    hint: 'ds01 container deploy thesis --secret FILE',
  });
  expect(await brokenInvariants(world)).toEqual([]);
  expect(await deployed(world, 'thesis', everything)).toMatchObject({ outcome: 'started' });
  expect(await brokenInvariants(world)).toEqual([]);
});

test('after a lost ledger the labels tell what to mount', async () => {
  const world = site();
  await stoppedWithEverything(world);
  world.store.transaction(({ meta, containers }) => {
    for (const { key } of meta.list('')) if (key !== 'engine') meta.remove(key);
    for (const { id } of containers.all()) containers.remove(id);
  });
  await listAll(world);
  await start(world.deps(), alice, { name: 'thesis' });
  const [requests = []] = world.pins.requests.values();
  expect(requests.map(({ kind }) => kind)).toEqual(
    'folder folder folder file file file file secrets'.split(' '),
  );
  expect(fileOf(world, 'passwd')).toContain('root:x:0:0');
  expect(await brokenInvariants(world)).toEqual([]);
});

test('a container that is recreated keeps data, ports and secrets', async () => {
  const world = site({ gpus: host(gpu(0), gpu(1)) });
  await stoppedWithEverything(world);
  world.clock.advance(hourMs);
  await deployed(world, 'other', { caller: bob });
  await recreate(world.deps(), alice, { name: 'thesis' });
  const details = await madeIn(world);
  expect(details.state).toBe('running');
  expect(details.mounts.map(({ target }) => target)).toContain('/scratch');
  expect(details.ports).toMatchObject([{ hostPort: 9000 }]);
  const secrets = [...world.pins.requests.values()]
    .flat()
    .flatMap((request) => (request.kind === 'secrets' ? (request.files ?? []) : []));
  expect(secrets.map(({ name }) => name)).toEqual(['token']);
  expect(await brokenInvariants(world)).toEqual([]);
  await retire(world.deps(), alice, thesis);
  expect(world.pins.pinned.size).toBe(1);
});

test('a recreation without its secrets says so and keeps the old container', async () => {
  const world = site({ gpus: host(gpu(0), gpu(1)) });
  await stoppedWithEverything(world);
  world.clock.advance(hourMs);
  await deployed(world, 'other', { caller: bob });
  world.pins.reboot();
  await expect(recreate(world.deps(), alice, { name: 'thesis' })).rejects.toMatchObject({
    code: 'secrets.lost',
  });
  expect((await madeIn(world)).state).toBe('exited');
});

test('a network goes with the last container of its user', async () => {
  const world = site();
  const networks = async () =>
    (await world.engine.listNetworks())
      .map(({ name }) => name)
      .filter((name) => name.startsWith('ds01-'));
  await deployed(world, 'thesis');
  await deployed(world, 'other');
  await retire(world.deps(), alice, thesis);
  expect(await networks()).toEqual(['ds01-alice']);
  await retire(world.deps(), alice, { ...thesis, name: 'other' });
  expect(await networks()).toEqual([]);
});

test('a network that somebody took away is made again', async () => {
  const world = site();
  const deps = world.deps();
  await deploy(deps, alice, requestFor('thesis'));
  await stop(deps, alice, thesis);
  await world.engine.removeNetwork('ds01-alice');
  await start(deps, alice, { name: 'thesis' });
  expect(await brokenInvariants(world)).toEqual([]);
});

test('the label says what the container needs, and no more', async () => {
  const world = site();
  await deployed(world, 'thesis', everything);
  const { labels, imageId } = await madeIn(world);
  const read = readLabels(labels, world.deps().signingKey);
  expect(read.trust === 'signed' && JSON.parse(read.values.mounts)).toEqual({
    image: imageId,
    data: everything.data,
    secrets: true,
    network: 'private',
  });
});

test('doctor finds mounts that are gone under a container that runs', async () => {
  const world = site();
  await deployed(world, 'thesis');
  const gate = () => ({ installed: true, mode: 'enforce', message: 'fine' });
  const pins = async () =>
    (await doctor(world.deps(), { gate, ledger: Promise.resolve(world.deps()) })).checks.find(
      ({ id }) => id === 'pins',
    );
  expect(await pins()).toMatchObject({ ok: true });
  world.pins.reboot();
  expect(await pins()).toMatchObject({ ok: false, severity: 'error' });
  await stop(world.deps(), alice, thesis);
  expect(await pins()).toMatchObject({ ok: true });
});

test('a new account of an old name has nothing of the old one’s', async () => {
  const world = site();
  await deployed(world, 'thesis');
  const later = { ...alice, owner: { ...alice.owner, uid: alice.owner.uid + 1 } };
  await expect(stop(world.deps(), later, thesis)).rejects.toMatchObject({
    code: 'container.not-found',
  });
  expect((await list(world.deps(), later, { all: true })).containers).toEqual([]);
  expect((await list(world.deps(), alice, { all: true })).containers).toHaveLength(1);
});
