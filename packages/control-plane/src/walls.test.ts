import { readLabels } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { doctor } from './doctor.ts';
import { recreate } from './recreate.ts';
import { retire } from './remove.ts';
import { stop } from './stop.ts';
import { deployed, listAll, requestFor } from './testing/commands.ts';
import { gpu, host } from './testing/gpus.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice, bob, carol } from './testing/people.ts';
import { createWorld, hourMs, type World, type WorldOptions } from './testing/world.ts';
import { start } from './verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };

const everything = {
  data: [
    { folder: '/home/alice/sets', target: '/data/sets', readOnly: true },
    { folder: '/scratch/alice', target: '/scratch', readOnly: false },
  ],
  secrets: [{ name: 'token', base64: btoa('s3cret') }],
  ports: [{ containerPort: 8888, protocol: 'tcp' as const, hostPort: 9000 }],
};

function site(options: WorldOptions = {}): World {
  return createWorld({
    settings: 'data: { roots: ["/scratch:rw"] }\nshared_groups: [lab, staff, absent]\n',
    groups: { lab: 3000, staff: 3001 },
    ...options,
  });
}

async function madeIn(world: World, name = 'thesis'): Promise<ContainerDetails> {
  return world.engine.inspectContainer(`${name}._.alice`);
}

function fileOf(world: World, name: string): string {
  for (const requests of world.pins.requests.values()) {
    for (const request of requests) {
      if (request.kind === 'file' && request.name === name) return request.text;
    }
  }
  throw new Error(`no ${name}`);
}

describe('inside', () => {
  test('a person is themselves, with the groups that the site shares and they are really in', async () => {
    const world = site();
    const member = { ...alice, owner: { ...alice.owner, groupIds: [2001, 3000, 27] } };
    await deployed(world, 'thesis', { caller: member });
    const details = await madeIn(world);
    expect(details).toMatchObject({ user: '2001:2001', groupIds: [3000] });
    expect(details.env).toEqual(
      expect.arrayContaining([
        'HOME=/home/alice',
        'USER=alice',
        'LOGNAME=alice',
        'PS1=alice@thesis:${PWD}$ ',
      ]),
    );
    expect(fileOf(world, 'passwd')).toBe(
      'root:x:0:0:root:/root:/bin/sh\nalice:x:2001:2001::/home/alice:/bin/sh\n',
    );
    expect(fileOf(world, 'group')).toBe('root:x:0:\nalice:x:2001:\nlab:x:3000:alice\n');
    expect(await world.engine.statContainerPath(details.id, '/home/alice')).toEqual({
      kind: 'folder',
    });
  });

  test('a variable of one’s own wins, the devices are never one’s own', async () => {
    const world = site();
    await deployed(world, 'thesis', { env: { HOME: '/workspace' }, gpu: { kind: 'none' } });
    const { env } = await madeIn(world);
    expect(env.filter((entry) => entry.startsWith('HOME='))).toEqual(['HOME=/workspace']);
    expect(env).toContain('NVIDIA_VISIBLE_DEVICES=void');
  });

  test('bash is the shell where the image has it', async () => {
    const world = site({ files: { '/usr/bin/bash': 'x', '/bin': { linkTo: 'usr/bin' } } });
    await deployed(world, 'thesis');
    expect(fileOf(world, 'passwd')).toBe('alice:x:2001:2001::/home/alice:/usr/bin/bash\n');
  });

  test.each([
    ['/home', { '/home': { linkTo: '/workspace' } }],
    ['/home/alice', { '/home/alice': { linkTo: '/etc' }, '/home/bob': '' }],
    ['/etc', { '/etc': { linkTo: '/workspace' } }],
    ['/etc/passwd', { '/etc/passwd': { linkTo: '/workspace/passwd' } }],
    ['/workspace', { '/workspace': { linkTo: '/home/bob' } }],
  ] as const)('an image whose %s leads elsewhere is refused', async (path, files) => {
    const world = site({ files });
    const making = deployed(world, 'thesis');
    await expect(making).rejects.toMatchObject({
      code: 'image.invalid',
      message: expect.stringContaining(path),
    });
    expect((await listAll(world)).containers).toEqual([]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test.each([
    ['is huge', 'x'.repeat(300_000)],
    ['is full of strange lines', '+::::::\n\0\nalice:x:0:0::/:/bin/sh\nok:x:1:1::/:/bin/sh\r\n'],
  ])('an image whose passwd file %s gives its owner all the same', async (_, text) => {
    const world = site({ files: { '/etc/passwd': text } });
    await deployed(world, 'thesis');
    expect(fileOf(world, 'passwd')).toMatch(/^(?:ok:x:1:1::\/:\/bin\/sh\n)?alice:x:2001:/);
  });

  test('an image is read once, whoever uses it and however often', async () => {
    const world = site();
    const gpuless = { gpu: { kind: 'none' } } as const;
    await deployed(world, 'thesis', gpuless);
    const before = world.engine.calls.get('readContainerFile');
    await deployed(world, 'thesis', { ...gpuless, caller: bob });
    await deployed(world, 'other', gpuless);
    expect(before).toBe(2);
    expect(world.engine.calls.get('readContainerFile')).toBe(before);
    await world.engine.commitContainer((await madeIn(world)).id, {
      ...{ repository: 'lab/other', tag: 'latest' },
      pause: false,
    });
    await deployed(world, 'third', { ...gpuless, caller: carol, image: 'lab/other' });
    const known = world.store.transaction(({ meta }) => meta.list('image:'));
    expect(known).toHaveLength(2);
  });
});

describe('folders, secrets and ports', () => {
  test('are mounted and published, and no secret is in what the engine or the ledger know', async () => {
    const world = site();
    await deployed(world, 'thesis', everything);
    const details = await madeIn(world);
    expect(details.mounts.map(({ target, readOnly }) => [target, readOnly])).toEqual([
      ['/workspace', false],
      ['/data/sets', true],
      ['/scratch', false],
      ['/etc/passwd', true],
      ['/etc/group', true],
      ['/etc/ds01/shrc', true],
      ['/run/secrets', true],
    ]);
    expect(details.ports).toMatchObject([{ hostAddress: '127.0.0.1', hostPort: 9000 }]);
    expect(details.networkMode).toBe('ds01-alice');
    const known = world.store.transaction(({ containers, meta }) => [
      containers.all(),
      meta.list(''),
    ]);
    for (const text of [JSON.stringify(details), JSON.stringify(known), world.logged.join()]) {
      expect(text).not.toMatch(/s3cret|czNjcmV0/);
    }
  });

  test('belong to the request: the same finds the container, another is told what differs', async () => {
    const world = site();
    await deployed(world, 'thesis', everything);
    expect(await deployed(world, 'thesis', everything)).toMatchObject({
      outcome: 'already-running',
    });
    const other = deployed(world, 'thesis', {
      ...everything,
      data: [],
      gpu: { kind: 'whole', count: 2 },
      secrets: [{ name: 'token', base64: btoa('another') }],
    });
    await expect(other).rejects.toMatchObject({
      code: 'container.different-request',
      details: {
        differences: [
          'gpu: one GPU -> --gpus 2',
          'data: /home/alice/sets at /data/sets, /scratch/alice at /scratch (rw) -> none',
          'secrets: token',
        ],
      },
    });
  });

  test('a port that another container has is refused, and nothing is left of it', async () => {
    const world = site();
    await deployed(world, 'thesis', everything);
    const second = deployed(world, 'other', { caller: bob, ports: everything.ports });
    await expect(second).rejects.toMatchObject({ code: 'port.taken' });
    await listAll(world);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('a folder that leads out of one’s own is refused', async () => {
    const world = site();
    const making = deployed(world, 'thesis', { workspace: '/srv/other/thesis' });
    await expect(making).rejects.toMatchObject({ code: 'workspace.outside' });
    await listAll(world);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('a dry run opens the folders and makes nothing', async () => {
    const world = site();
    const dryRun = (changes: object) =>
      deploy(world.deps(), alice, requestFor('thesis', changes), { dryRun: true });
    await expect(dryRun({ workspace: '/home/alice/missing' })).rejects.toMatchObject({
      code: 'workspace.not-found',
    });
    await expect(dryRun({ workspace: '/srv/elsewhere' })).rejects.toMatchObject({
      code: 'workspace.outside',
    });
    await expect(dryRun({ cpus: 64 })).rejects.toMatchObject({ code: 'quota.cpus-exceeded' });
    expect(await dryRun({ name: 'missing' })).toMatchObject({ outcome: 'would-create' });
    expect([...world.pins.pinned.keys()]).toEqual([]);
  });
});

describe('later', () => {
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
    expect(requests.map(({ kind }) => kind)).toEqual([
      ...['folder', 'folder', 'folder', 'file', 'file', 'file', 'secrets'],
    ]);
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
      (await doctor(world.deps(), { gate })).checks.find(({ id }) => id === 'pins');
    expect(await pins()).toMatchObject({ ok: true });
    world.pins.reboot();
    expect(await pins()).toMatchObject({ ok: false, severity: 'error' });
    await stop(world.deps(), alice, thesis);
    expect(await pins()).toMatchObject({ ok: true });
  });
});
