import type { ContainerDetails } from '@ds01/ports';
import { describe, expect, test } from 'vitest';
import { adminUsers } from '../admin.ts';
import { gpuStatus } from '../gpu.ts';
import { pause, unpause } from '../pause.ts';
import { recreate } from '../recreate.ts';
import { remove, retire } from '../remove.ts';
import { restart } from '../restart.ts';
import { attach, exec, forward, logs } from '../session.ts';
import { stats } from '../stats.ts';
import { stop } from '../stop.ts';
import { inFolder, ownerOf, planted, siteWithPeople } from '../testing/adoption.ts';
import { deployed, listAll } from '../testing/commands.ts';
import { foreignContainer, gpusFlag, predecessorContainer } from '../testing/foreign.ts';
import { gpuUuid, migUuid } from '../testing/gpus.ts';
import { brokenInvariants, lookAt } from '../testing/invariants.ts';
import { alice, bob } from '../testing/people.ts';
import { top } from '../top.ts';
import { list, show, start } from '../verbs.ts';

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
    const world = siteWithPeople();
    const found = await planted(world, predecessorContainer(1, bob.owner, changes));
    expect(await ownerOf(world, found)).toEqual(['bob', 'label', 'orchestration']);
    const { leases } = await lookAt(world);
    expect(leases).toMatchObject([{ user: 'bob', state: 'external' }]);
    expect(leases[0]?.slots.map(({ uuid }) => uuid)).toEqual(uuids);
  });

  test('whose GPUs only its labels tell holds these', async () => {
    const world = siteWithPeople();
    const { labels } = predecessorContainer(1, bob.owner);
    const noted = { ...labels, 'ds01.gpu.allocated': '2.1', 'ds01.gpu.slots': '2.1' };
    await planted(world, predecessorContainer(1, bob.owner, { labels: noted }));
    await listAll(world);
    const { leases } = await lookAt(world);
    expect(leases.flatMap(({ slots }) => slots.map(({ slot }) => slot))).toEqual(['2:1']);
  });

  test('counts against its owner’s GPUs and containers, and against nobody else’s', async () => {
    const world = siteWithPeople();
    await planted(
      world,
      predecessorContainer(1, bob.owner, {
        runtime: 'nvidia',
        env: [`NVIDIA_VISIBLE_DEVICES=${gpuUuid(0)},${gpuUuid(1)}`],
      }),
    );
    await expect(deployed(world, 'more', { caller: bob })).rejects.toMatchObject({
      code: 'quota.gpu-exceeded',
      message: expect.stringContaining('thesis._.2002 counts too, made without DS01.'),
    });
    expect(await deployed(world, 'mine', { caller: alice })).toMatchObject({
      container: { slots: ['2:0'] },
    });
    const none = { caller: bob, gpu: { kind: 'none' } } as const;
    await deployed(world, 'second', none);
    await deployed(world, 'third', none);
    await expect(deployed(world, 'fourth', none)).rejects.toMatchObject({
      code: 'quota.containers-exceeded',
      message: expect.stringContaining('made without DS01: thesis._.2002'),
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
    const world = siteWithPeople();
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
      { slot: '1', state: 'external', user: 'bob', container: 'thesis._.2002' },
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
    const world = siteWithPeople();
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
    const world = siteWithPeople();
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
    const world = siteWithPeople();
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
    const world = siteWithPeople();
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
