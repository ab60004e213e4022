import { ds01Error } from '@ds01/contracts';
import { afterEach, describe, expect, test } from 'vitest';
import { beginBuilding, recordsIn, waitingDockerfile, waitingWorld } from '../../testing/builds.ts';
import { deployed, listAll } from '../../testing/commands.ts';
import { createWorld, ttlMs, type World } from '../../testing/world.ts';
import { giveUpBuilds } from './recover.ts';

const opened: World[] = [];
afterEach(() => {
  for (const world of opened.splice(0)) world.close();
});

const open = (): World => {
  const world = createWorld({ images: [{ tags: ['debian:12'] }] });
  opened.push(world);
  return world;
};

describe('a build whose process died', () => {
  test('is lost once its note ran out, and counts until then', async () => {
    const { world, begun } = waitingWorld();
    const process = world.process();
    const session = await beginBuilding(process.deps, waitingDockerfile);
    session.stdout.resume();
    await begun;
    process.lifeline.freeze();
    world.clock.advance(ttlMs + 1);
    await listAll(world);
    expect(recordsIn(world)).toMatchObject([
      { state: 'lost', reason: expect.stringContaining('ended before') },
    ]);
  });

  test('is lost at once for a daemon that begins, and the network and cgroups go', async () => {
    const { world, begun } = waitingWorld();
    const process = world.process();
    const session = await beginBuilding(process.deps, waitingDockerfile);
    session.stdout.resume();
    await begun;
    process.lifeline.freeze();
    await listAll(world);
    expect(recordsIn(world)).toMatchObject([{ state: 'running' }]);
    expect([...world.cgroups.folders.keys()]).toContain('/ds01/student/alice/builds');
    await giveUpBuilds(world.deps());
    expect(recordsIn(world)).toMatchObject([{ state: 'lost' }]);
  });
});

describe('the containers of steps', () => {
  test('are nobody’s: not adopted, not listed, not counted', async () => {
    const { world, begun, letGo } = waitingWorld();
    const session = await beginBuilding(world.deps(), waitingDockerfile);
    session.stdout.resume();
    await begun;
    const there = await world.engine.listContainers();
    expect(there).toHaveLength(1);
    expect((await listAll(world)).containers).toEqual([]);
    await deployed(world, 'thesis', { gpu: { kind: 'none' } });
    expect((await listAll(world)).containers).toHaveLength(1);
    letGo();
    expect(await session.exited).toBe(0);
  });

  test('that were left behind are removed, when their owner builds nothing any more', async () => {
    const world = open();
    await deployed(world, 'model', { gpu: { kind: 'none' } });
    const model = await world.engine.inspectContainer('model._.alice');
    const id = 'e'.repeat(64) as typeof model.id;
    const cgroupParent = '/ds01/student/alice/builds';
    world.engine.plant({ ...model, id, dockerName: 'angry_bell', labels: {}, cgroupParent });
    await listAll(world);
    expect(await world.engine.listContainers()).toHaveLength(2);
    world.clock.advance(ttlMs + 1);
    await listAll(world);
    expect(await world.engine.listContainers()).toHaveLength(1);
  });

  test('that the engine keeps hinder nobody', async () => {
    const world = open();
    await deployed(world, 'model', { gpu: { kind: 'none' } });
    const model = await world.engine.inspectContainer('model._.alice');
    const id = 'e'.repeat(64) as typeof model.id;
    const cgroupParent = '/ds01/student/alice/builds';
    world.engine.plant({ ...model, id, dockerName: 'angry_bell', labels: {}, cgroupParent });
    world.clock.advance(ttlMs + 1);
    world.engine.setCallHook(({ name }) => {
      if (name === 'removeContainer')
        throw ds01Error('engine.conflict', { message: 'in progress' });
    });
    expect((await listAll(world)).containers).toHaveLength(1);
    world.engine.setCallHook(null);
    await listAll(world);
    expect(await world.engine.listContainers()).toHaveLength(1);
  });

  test('with a GPU are taken for what they are', async () => {
    const world = open();
    await deployed(world, 'model');
    const model = await world.engine.inspectContainer('model._.alice');
    const id = 'f'.repeat(64) as typeof model.id;
    const cgroupParent = '/ds01/student/alice/builds';
    const [request] = model.deviceRequests;
    const deviceRequests = request === undefined ? [] : [{ ...request, deviceIds: ['1'] }];
    world.engine.plant({
      ...model,
      id,
      dockerName: 'sly',
      labels: {},
      cgroupParent,
      deviceRequests,
    });
    const { containers } = await listAll(world);
    expect(containers.map(({ dockerName }) => dockerName).toSorted()).toEqual([
      'model._.alice',
      'sly',
    ]);
  });
});
