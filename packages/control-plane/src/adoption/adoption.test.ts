import { slugOf, usernameSchema } from '@ds01/contracts';
import type { ContainerDetails, HostAccount } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { adminUsers } from '../admin.ts';
import { restart } from '../restart.ts';
import { attach, exec, forward, logs } from '../session.ts';
import { stats } from '../stats.ts';
import { top } from '../top.ts';
import { gpuStatus } from '../gpu.ts';
import { pause, unpause } from '../pause.ts';
import { recreate } from '../recreate.ts';
import { remove, retire } from '../remove.ts';
import { stop } from '../stop.ts';
import { deployed, listAll } from '../testing/commands.ts';
import { foreignContainer, gpusFlag, predecessorContainer } from '../testing/foreign.ts';
import { gpu, gpuUuid, host, migGpu, migUuid } from '../testing/gpus.ts';
import { brokenInvariants, lookAt } from '../testing/invariants.ts';
import { alice, bob, carol } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';
import { list, show, start } from '../verbs.ts';

const digits: HostAccount = {
  ...carol.owner,
  name: usernameSchema.parse('2001'),
  slug: slugOf(usernameSchema.parse('2001')),
  uid: 5001,
  home: '/home/2001',
};
const accounts = [alice.owner, bob.owner, carol.owner];

function site(more: readonly HostAccount[] = []): World {
  return createWorld({
    gpus: host(gpu(0), gpu(1), migGpu(2)),
    accounts: [...accounts, ...more],
  });
}

/** Puts a container of somebody else's there, from an image without labels of its own. */
async function planted(world: World, details: ContainerDetails): Promise<ContainerDetails> {
  const image = await world.engine.inspectImage('ds01/busybox');
  const made = { ...details, imageId: image?.id ?? '' };
  world.engine.plant(made);
  return made;
}

async function ownerOf(world: World, { id }: ContainerDetails): Promise<readonly unknown[]> {
  const { containers } = await listAll(world);
  const found = containers.find((container) => container.id === id);
  return [found?.user, found?.ownerBy, found?.interface];
}

const inFolder = (folder: string) => ({
  mounts: [{ source: folder, target: '/data', readOnly: false }],
});

const cases: readonly [string, Partial<ContainerDetails>, readonly (string | null)[]][] = [
  ['nothing', {}, [null, 'none', 'docker']],
  ['the old label', { labels: { 'ds01.user': 'bob' } }, ['bob', 'label', 'docker']],
  ['the oldest label', { labels: { 'aime.mlc.USER': 'bob' } }, ['bob', 'label', 'atomic']],
  [
    'a label of nobody here',
    { labels: { 'aime.mlc.USER': 'zoe' }, dockerName: 'x._.2002' },
    ['bob', 'name', 'atomic'],
  ],
  ['the name', { dockerName: 'thesis._.2002' }, ['bob', 'name', 'atomic']],
  ['a name with a uid of nobody', { dockerName: 'thesis._.7777' }, [null, 'none', 'atomic']],
  ['a name with a slug', { dockerName: 'thesis._.bob' }, [null, 'none', 'docker']],
  ['a mounted folder', inFolder('/home/bob/data'), ['bob', 'home-folder', 'docker']],
  ['a home next to one', inFolder('/home/bob2/data'), [null, 'none', 'docker']],
  ['all homes', inFolder('/home'), [null, 'none', 'docker']],
  [
    'a dev container',
    { labels: { 'devcontainer.local_folder': '/home/bob/project' } },
    ['bob', 'home-folder', 'devcontainer'],
  ],
  [
    'a project of Compose',
    { labels: { 'com.docker.compose.project.working_dir': '/home/bob/stack' } },
    ['bob', 'compose', 'compose'],
  ],
  [
    'a project of Compose elsewhere',
    { labels: { 'com.docker.compose.project.working_dir': '/opt/stack' } },
    [null, 'none', 'compose'],
  ],
  [
    'label before name',
    { labels: { 'aime.mlc.USER': 'bob' }, dockerName: 'x._.2001' },
    ['bob', 'label', 'atomic'],
  ],
  [
    'name before folder of a dev container',
    { labels: { 'devcontainer.local_folder': '/home/alice/x' }, dockerName: 'x._.2002' },
    ['bob', 'name', 'devcontainer'],
  ],
  [
    'folder before Compose',
    {
      ...inFolder('/home/bob/data'),
      labels: { 'com.docker.compose.project.working_dir': '/home/alice/stack' },
    },
    ['bob', 'home-folder', 'compose'],
  ],
  [
    'folders of two people',
    {
      mounts: ['/home/alice/a', '/home/bob/b'].map((source) => ({
        source,
        target: source,
        readOnly: true,
      })),
    },
    [null, 'contradictory', 'docker'],
  ],
  [
    'a label of one with folders of another',
    { ...inFolder('/home/alice/a'), labels: { 'ds01.user': 'bob' } },
    [null, 'contradictory', 'docker'],
  ],
  [
    'a label for what serves everybody',
    { labels: { 'ds01.monitoring': 'true', 'ds01.user': 'bob' } },
    [null, 'infrastructure', 'docker'],
  ],
  [
    'labels in the form that DS01 signs',
    { labels: { 'ds01.user': 'bob', 'ds01.uid': '2002', 'ds01.managed': 'true' } },
    [null, 'none', 'docker'],
  ],
];

describe('the owner of a container that DS01 did not make', () => {
  test.each(cases)('with %s', async (_, changes, expected) => {
    const world = site();
    const found = await planted(world, foreignContainer(1, changes));
    expect(await ownerOf(world, found)).toEqual(expected);
  });

  test('is not whom digits name that are an account of another uid', async () => {
    const world = site([digits]);
    const found = await planted(world, foreignContainer(1, { dockerName: 'thesis._.2001' }));
    expect(await ownerOf(world, found)).toEqual([null, 'none', 'atomic']);
    const same = createWorld({ accounts: [{ ...digits, uid: 2001 }] });
    const other = await planted(same, foreignContainer(1, { dockerName: 'thesis._.2001' }));
    expect(await ownerOf(same, other)).toEqual(['2001', 'name', 'atomic']);
  });

  test('is never read from the labels of its image', async () => {
    const world = site();
    const labels = {
      'ds01.user': 'alice',
      'aime.mlc.USER': 'alice',
      'devcontainer.local_folder': '/home/alice/x',
      'com.docker.compose.project.working_dir': '/home/alice/x',
    };
    const source = await planted(world, foreignContainer(1, { labels }));
    const target = { repository: 'gift', tag: 'latest', pause: false };
    const imageId = await world.engine.commitContainer(source.id, target);
    const made = foreignContainer(2, { labels, imageId });
    world.engine.plant(made);
    const lost = foreignContainer(3, { labels, imageId: 'sha256:gone' });
    world.engine.plant(lost);
    expect(await ownerOf(world, made)).toEqual([null, 'none', 'docker']);
    expect(await ownerOf(world, lost)).toEqual([null, 'none', 'docker']);
    expect(await ownerOf(world, source)).toEqual(['alice', 'label', 'devcontainer']);
  });

  test('is looked for again later when it could not be found out, and counts from then on', async () => {
    const world = site();
    world.folders.broken = true;
    const details = { ...gpusFlag({ count: 1 }), ...inFolder('/home/bob/data') };
    const found = await planted(world, foreignContainer(1, details));
    const process = world.process();
    const { containers } = await list(process.deps, bob, { all: true });
    expect(containers).toEqual([]);
    expect(await ownerOf(world, found)).toEqual([null, null, 'docker']);
    expect((await lookAt(world)).leases).toMatchObject([{ user: null, state: 'external' }]);

    world.folders.broken = false;
    await list(process.deps, bob, { all: true });
    expect(
      process.lifeline.calls.filter((call) => call === 'engine.inspectContainer'),
    ).toHaveLength(1);
    world.clock.advance(61_000);
    expect((await list(process.deps, bob, { all: true })).containers).toHaveLength(1);
    expect((await lookAt(world)).leases).toMatchObject([{ user: 'bob', state: 'external' }]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('follows its name', async () => {
    const world = site();
    const found = await planted(
      world,
      foreignContainer(1, { dockerName: 'x._.2001', ...gpusFlag({ count: 1 }) }),
    );
    expect(await ownerOf(world, found)).toEqual(['alice', 'name', 'atomic']);
    await world.engine.renameContainer(found.id, 'y._.2002');
    expect(await ownerOf(world, found)).toEqual(['bob', 'name', 'atomic']);
    expect((await lookAt(world)).leases).toMatchObject([{ user: 'bob' }]);
  });
});

const onDevice = (uuid: string): Partial<ContainerDetails> => ({
  ...gpusFlag({ deviceIds: [uuid] }),
  env: [`CUDA_VISIBLE_DEVICES=${uuid}`],
});

describe('a container of the predecessor', () => {
  test.each<[string, Partial<ContainerDetails>, readonly string[]]>([
    ['one GPU', onDevice(gpuUuid(1)), [gpuUuid(1)]],
    ['a MIG slice', onDevice(migUuid(2, 1)), [migUuid(2, 1)]],
    ['a MIG slice by its old name', onDevice('MIG-GPU-00000002/2/0'), [migUuid(2, 1)]],
    [
      'several GPUs',
      {
        runtime: 'nvidia',
        env: [`NVIDIA_VISIBLE_DEVICES=${gpuUuid(0)},${migUuid(2, 0)}`],
      },
      [gpuUuid(0), migUuid(2, 0)],
    ],
    [
      '--gpus all, as without any GPU asked for',
      gpusFlag({ count: -1 }),
      [gpuUuid(0), gpuUuid(1), migUuid(2, 0), migUuid(2, 1)],
    ],
    ['the start of a UUID', onDevice('gpu-00000001'), [gpuUuid(1)]],
  ])('with %s is its owner’s, and so are its GPUs', async (_, changes, uuids) => {
    const world = site();
    const found = await planted(world, predecessorContainer(1, bob.owner, changes));
    expect(await ownerOf(world, found)).toEqual(['bob', 'label', 'orchestration']);
    const { leases } = await lookAt(world);
    expect(leases).toMatchObject([{ user: 'bob', state: 'external' }]);
    expect(leases[0]?.slots.map(({ uuid }) => uuid)).toEqual(uuids);
  });

  test('whose GPUs only its labels tell holds these', async () => {
    const world = site();
    const { labels } = predecessorContainer(1, bob.owner);
    const noted = { ...labels, 'ds01.gpu.allocated': '2.1', 'ds01.gpu.slots': '2.1' };
    await planted(world, predecessorContainer(1, bob.owner, { labels: noted }));
    await listAll(world);
    const { leases } = await lookAt(world);
    expect(leases.flatMap(({ slots }) => slots.map(({ slot }) => slot))).toEqual(['2:1']);
  });

  test('counts against its owner’s GPUs and containers, and against nobody else’s', async () => {
    const world = site();
    await planted(
      world,
      predecessorContainer(1, bob.owner, {
        runtime: 'nvidia',
        env: [`NVIDIA_VISIBLE_DEVICES=${gpuUuid(0)},${gpuUuid(1)}`],
      }),
    );
    await expect(deployed(world, 'more', { caller: bob })).rejects.toMatchObject({
      code: 'quota.gpu-exceeded',
    });
    expect(await deployed(world, 'mine', { caller: alice })).toMatchObject({
      container: { slots: ['2:0'] },
    });
    const none = { caller: bob, gpu: { kind: 'none' } } as const;
    await deployed(world, 'second', none);
    await deployed(world, 'third', none);
    await expect(deployed(world, 'fourth', none)).rejects.toMatchObject({
      code: 'quota.containers-exceeded',
    });
    const { users } = await adminUsers(world.deps(), {});
    expect(users.find(({ user }) => user === 'bob')).toMatchObject({
      containers: 3,
      gpuSlots: 2,
      gpuEquivalents: 2,
    });
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('is shown to its owner and to no other', async () => {
    const world = site();
    await planted(world, predecessorContainer(1, bob.owner, onDevice(gpuUuid(1))));
    const own = await list(world.deps(), bob, { all: false });
    expect(own.containers).toMatchObject([
      { name: 'thesis', dockerName: 'thesis._.2002', managed: false, user: 'bob', slots: ['1'] },
    ]);
    expect((await list(world.deps(), alice, { all: true })).containers).toEqual([]);
    const view = await show(world.deps(), bob, { name: 'thesis' });
    expect(view.record.workspace).toBe('/home/bob/workspace/thesis');
    const status = await gpuStatus(world.deps(), bob, { onlyOwn: true });
    expect(status.devices.flatMap(({ slots }) => slots)).toMatchObject([
      { slot: '1', state: 'external', user: 'bob', container: 'thesis' },
    ]);
  });

  const name = 'thesis._.2002';
  const force = { force: false, timeoutSeconds: null };
  const execInput = {
    command: ['id'],
    tty: false,
    stdin: false,
    size: null,
    env: {},
    startFirst: false,
    keep: false,
  };

  test('may be paused, stopped and removed by its owner, and its GPU is free at once', async () => {
    const world = site();
    await planted(world, predecessorContainer(1, bob.owner, onDevice(gpuUuid(1))));
    await logs(world.deps(), bob, {
      name,
      follow: false,
      tail: null,
      sinceMs: null,
      timestamps: false,
    });
    const used = await stats(world.deps(), bob, { name });
    expect(used.containers).toMatchObject([{ dockerName: name }]);
    await top(world.deps(), bob, { name });
    await pause(world.deps(), bob, { name });
    await unpause(world.deps(), bob, { name });
    const stopped = await stop(world.deps(), bob, { name, ...force });
    expect(stopped).toMatchObject({ container: { state: 'stopped', slots: [] } });
    expect((await lookAt(world)).leases).toEqual([]);
    await remove(world.deps(), bob, { name, force: false });
    expect((await listAll(world)).containers).toEqual([]);

    await planted(world, predecessorContainer(2, bob.owner, onDevice(gpuUuid(1))));
    expect(await retire(world.deps(), bob, { name, ...force })).toMatchObject({
      container: { state: 'removed' },
      note: 'GPU 1 is free again',
    });
    expect((await lookAt(world)).leases).toEqual([]);
  });

  test('is started, entered and changed by nobody through DS01', async () => {
    const world = site();
    await planted(world, predecessorContainer(1, bob.owner, onDevice(gpuUuid(1))));
    const deps = world.deps();
    const attempts = [
      () => exec(deps, bob, { name, ...execInput }),
      () => exec(deps, bob, { name, ...execInput, startFirst: true }),
      () => attach(deps, bob, { name, stdin: true, size: null }),
      () => start(deps, bob, { name }),
      () => restart(deps, bob, { name, ...force }),
      () => forward(deps, bob, { name, port: 8888 }),
      () => recreate(deps, bob, { name }),
    ];
    for (const attempt of attempts) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'container.foreign',
        hint: 'ds01 container deploy thesis --workspace /home/bob/workspace/thesis',
      });
    }
    for (const verb of [stop, retire]) {
      await expect(verb(deps, alice, { name, ...force })).rejects.toMatchObject({
        code: 'container.not-found',
      });
    }
  });

  test('beside one of DS01 of the same name is meant by its whole name or id only', async () => {
    const world = site();
    const old = await planted(world, predecessorContainer(1, bob.owner));
    const { container } = await deployed(world, 'thesis', { caller: bob });
    const shown = async (given: string) => {
      const view = await show(world.deps(), bob, { name: given });
      return view.container.id;
    };
    expect(await shown('thesis')).toBe(container.id);
    expect(await shown('thesis._.bob')).toBe(container.id);
    expect(await shown(name)).toBe(old.id);
    expect(await shown(old.id.slice(0, 12))).toBe(old.id);
    expect(await shown(container.id)).toBe(container.id);
  });

  test('is not guessed among several of one name', async () => {
    const world = site();
    await planted(world, predecessorContainer(1, bob.owner));
    await planted(
      world,
      foreignContainer(2, { dockerName: 'thesis', ...inFolder('/home/bob/workspace') }),
    );
    const other = foreignContainer(3, { labels: { 'aime.mlc.USER': 'bob', 'aime.mlc.NAME': 'x' } });
    await planted(world, other);
    await planted(world, { ...other, id: foreignContainer(4).id, dockerName: 'foreign-4' });
    await expect(show(world.deps(), bob, { name: 'x' })).rejects.toMatchObject({
      code: 'container.ambiguous',
      message: expect.stringContaining('foreign-3, foreign-4'),
    });
    await expect(show(world.deps(), bob, { name: 'f00000' })).rejects.toMatchObject({
      code: 'container.ambiguous',
    });
  });
});
