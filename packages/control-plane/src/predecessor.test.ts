import { describe, expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { pause } from './pause.ts';
import { remove, retire } from './remove.ts';
import { exec } from './session.ts';
import { stats } from './stats.ts';
import { stop } from './stop.ts';
import { deployed, requestFor } from './testing/commands.ts';
import { lookAt } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, roomyLimits, type World } from './testing/world.ts';
import { list, start } from './verbs.ts';

const none = { kind: 'none' } as const;
const stopping = (name: string, more: { readonly timeoutSeconds?: number } = {}) => ({
  name,
  force: false,
  timeoutSeconds: null,
  ...more,
});

async function states(world: World): Promise<readonly string[]> {
  const { containers } = await list(world.deps(), alice, { all: true });
  return containers.map(({ name, state }) => `${name} ${state}`);
}

/** What DS01's predecessor got wrong with containers, each the other way round. */
describe('unlike its predecessor', () => {
  test('a dry run of remove, also by force, removes nothing', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    for (const force of [false, true]) {
      await remove(world.deps(), alice, { name: 'thesis', force }, { dryRun: true }).catch(
        (error: unknown) => expect(error).toMatchObject({ code: 'container.running' }),
      );
    }
    await retire(world.deps(), alice, stopping('thesis'), { dryRun: true });
    expect(await states(world)).toEqual(['thesis running']);
  });

  test('removing asks the engine for one container, never for everybody’s leftovers', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await deployed(world, 'kept', { caller: bob });
    const { lifeline, deps } = world.process();
    await remove(deps, alice, { name: 'thesis', force: true });
    const changing = lifeline.calls.filter((call) => /engine\.(?:remove|prune)/.test(call));
    // Of networks only that of the person who has no container any more.
    expect(changing).toEqual(['engine.removeContainer', 'engine.removeNetwork']);
    const networks = await world.engine.listNetworks();
    expect(networks.map(({ name }) => name)).toContain('ds01-bob');
    expect((await lookAt(world)).containers.map(({ dockerName }) => dockerName)).toEqual([
      'kept._.bob',
    ]);
  });

  test('the whole life of a container changes no image and no name of one', async () => {
    const world = createWorld();
    const before = structuredClone(await world.engine.listImages());
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, stopping('thesis'));
    await start(world.deps(), alice, { name: 'thesis' });
    await retire(world.deps(), alice, stopping('thesis'));
    await deployed(world, 'other', { caller: bob });
    expect(await world.engine.listImages()).toEqual(before);
  });

  test('without a GPU a container sees none, instead of all', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { gpu: none });
    const [container] = (await lookAt(world)).containers;
    expect(container?.deviceRequests).toEqual([]);
    expect(container?.env).toContain('NVIDIA_VISIBLE_DEVICES=void');
  });

  test('a container has no privilege, and a network and ports of its own', async () => {
    const world = createWorld();
    for (const name of ['one', 'two']) {
      const ports = [{ containerPort: 8888, protocol: 'tcp' as const, hostPort: null }];
      await deployed(world, name, { gpu: none, ports });
    }
    const { containers } = await lookAt(world);
    for (const container of containers) {
      expect(container).toMatchObject({
        capabilitiesDropped: ['ALL'],
        securityOptions: ['no-new-privileges'],
        networkMode: 'ds01-alice',
        groupIds: [],
        devicePaths: [],
      });
      expect(container.mounts.filter(({ source }) => source.startsWith('/tmp'))).toEqual([]);
    }
    const hostPorts = containers.flatMap(({ ports }) => ports.map(({ hostPort }) => hostPort));
    expect(new Set(hostPorts).size).toBe(2);
  });

  test('a project names a container that nobody named, and an image doesn’t', async () => {
    const world = createWorld();
    const request = requestFor('x', { name: null, project: 'paper', gpu: none });
    const { container } = await deploy(world.deps(), alice, request);
    expect(container).toMatchObject({
      name: 'paper',
      project: 'paper',
      image: 'ds01/busybox:latest',
    });
  });

  test('an image reference without a name gives its last part as the name', async () => {
    const world = createWorld();
    const request = requestFor('x', { name: null, image: 'ds01/busybox:latest', gpu: none });
    expect((await deploy(world.deps(), alice, request)).container.name).toBe('busybox');
  });

  test('stopped is said only when it is true', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { gpu: none });
    const deps = world.deps();
    const engine = { ...deps.engine, stopContainer: async () => undefined };
    await expect(stop({ ...deps, engine }, alice, stopping('thesis'))).rejects.toMatchObject({
      code: 'container.stop-failed',
      hint: 'ds01 container stop thesis --force',
    });
    expect(await states(world)).toEqual(['thesis running']);
  });

  test('the time to stop that was asked for reaches the engine', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { gpu: none });
    const asked: unknown[] = [];
    world.engine.setCallHook(({ name, args, phase }) => {
      if (name === 'stopContainer' && phase === 'before') asked.push(args[1]);
    });
    await stop(world.deps(), alice, stopping('thesis', { timeoutSeconds: 7 }));
    expect(asked).toMatchObject([{ timeoutSeconds: 7 }]);
  });

  test('stop says how long the GPU is held, with its unit, and retire that it is free', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const stopped = await stop(world.deps(), alice, stopping('thesis'));
    expect(stopped.note).toBe('its GPU stays yours for 15m');
    const retired = await retire(world.deps(), alice, stopping('thesis'));
    expect(retired.note).toBe('GPU 0 is free again');
    expect((await lookAt(world)).leases).toEqual([]);
  });

  test('a paused container is shown as paused, and every verb knows what to do with it', async () => {
    const world = createWorld();
    const paused = async () => {
      await deployed(world, 'thesis', { gpu: none });
      await pause(world.deps(), alice, { name: 'thesis' });
    };
    await paused();
    expect(await states(world)).toEqual(['thesis paused']);
    const command = {
      name: 'thesis',
      command: ['true'],
      tty: false,
      stdin: false,
      size: null,
      env: {},
      keep: false,
    };
    const running = exec(world.deps(), alice, { ...command, startFirst: false });
    await expect(running).rejects.toMatchObject({
      code: 'container.paused',
      hint: 'ds01 container unpause thesis',
    });
    const removed = remove(world.deps(), alice, { name: 'thesis', force: false });
    await expect(removed).rejects.toMatchObject({ message: 'thesis is paused, not stopped.' });
    expect((await start(world.deps(), alice, { name: 'thesis' })).container.state).toBe('running');
    await paused();
    await exec(world.deps(), alice, { ...command, startFirst: true });
    expect(await states(world)).toEqual(['thesis running']);
    await paused();
    await retire(world.deps(), alice, stopping('thesis'));
    expect(await states(world)).toEqual([]);
  });

  test('list and stats show every GPU of a container that has several', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', { gpu: { kind: 'whole', count: 2 } });
    const { containers } = await list(world.deps(), alice, { all: false });
    expect(containers).toMatchObject([{ slots: ['0', '1'], gpuEquivalents: 2 }]);
    const used = await stats(world.deps(), alice, { name: 'thesis' });
    expect(used.containers[0]?.gpus.map(({ slot }) => slot)).toEqual(['0', '1']);
  });

  test('a name is a name, not a pattern', async () => {
    const world = createWorld();
    for (const name of ['a.b', 'axb']) await deployed(world, name, { gpu: none });
    await stop(world.deps(), alice, stopping('a.b'));
    expect(await states(world)).toEqual(['a.b stopped', 'axb running']);
  });

  test('folders with spaces are mounted as they are', async () => {
    const world = createWorld();
    await deployed(world, 'thesis', {
      gpu: none,
      workspace: '/home/alice/my work',
      data: [{ folder: '/home/alice/all my data', target: '/data/all', readOnly: true }],
    });
    const sources = [...world.pins.pinned.values()].flat().map(({ source }) => source);
    expect(sources).toEqual(
      expect.arrayContaining(['/home/alice/my work', '/home/alice/all my data']),
    );
  });

  test('a fractional quota of GPUs is a quota', async () => {
    const world = createWorld({
      limits: roomyLimits.replace('max_gpu_equivalents: 2', 'max_gpu_equivalents: 1.5'),
    });
    await deployed(world, 'one');
    await expect(deployed(world, 'two')).rejects.toMatchObject({
      code: 'quota.gpu-exceeded',
      details: { used: 1, allowed: 1.5 },
    });
  });

  test('what stopped containers count is said where they are in the way', async () => {
    const world = createWorld({
      limits: roomyLimits.replace('max_containers_per_user: 3', 'max_containers_per_user: 1'),
    });
    await deployed(world, 'thesis', { gpu: none });
    await stop(world.deps(), alice, stopping('thesis'));
    await expect(deployed(world, 'second', { gpu: none })).rejects.toMatchObject({
      code: 'quota.containers-exceeded',
      message: expect.stringContaining('stopped ones count'),
      details: { used: 1, allowed: 1 },
    });
  });

  test('create says which GPU it leases', async () => {
    const world = createWorld();
    const { container, placement } = await deployed(world, 'thesis', { start: false });
    expect(container).toMatchObject({ state: 'created', slots: ['0'] });
    expect(placement?.reason).toMatch(/^Took 0 \(whole GPU\)/);
  });
});
