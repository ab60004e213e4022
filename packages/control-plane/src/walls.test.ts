import { describe, expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { deployed, listAll, requestFor } from './testing/commands.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice, bob, carol } from './testing/people.ts';
import { everything, fileOf, madeIn, site } from './testing/site.ts';

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
    ['/data', { '/data': { linkTo: '/workspace' } }],
    ['/data/sets', { '/data/sets': { linkTo: '/etc' }, '/data/others': '' }],
    ['/data', { '/data': 'a file' }],
  ] as const)(
    'a data folder is not mounted where an image leads %s elsewhere',
    async (path, files) => {
      const world = site({ files });
      const data = [{ folder: '/home/alice/sets', target: '/data/sets', readOnly: true }];
      await expect(deployed(world, 'thesis', { data })).rejects.toMatchObject({
        code: 'image.invalid',
        details: { path },
      });
      expect((await listAll(world)).containers).toEqual([]);
      expect(await brokenInvariants(world)).toEqual([]);
    },
  );

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
      repository: 'lab/other',
      tag: 'latest',
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
      ['/etc/ds01/aliases', true],
      ['/etc/ds01/zsh/.zshenv', true],
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
