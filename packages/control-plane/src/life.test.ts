import { describe, expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { remove, retire } from './remove.ts';
import { stop } from './stop.ts';
import { deployed, listAll, requestFor } from './testing/commands.ts';
import { gpu, gpuUuid, host } from './testing/gpus.ts';
import { brokenInvariants, lookAt } from './testing/invariants.ts';
import { alice, bob, carol } from './testing/people.ts';
import { createWorld, hourMs, roomyLimits, type World } from './testing/world.ts';
import { pause, unpause } from './pause.ts';
import { start } from './verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };
const failure = (code: string) => expect.objectContaining({ code });

async function leaseStates(world: World): Promise<readonly string[]> {
  return (await lookAt(world)).leases.map(({ dockerName, state }) => `${dockerName} ${state}`);
}

async function everythingHolds(world: World): Promise<void> {
  expect(await brokenInvariants(world)).toEqual([]);
}

/** One GPU, so that everybody is in everybody's way. */
function oneGpu(holdHours = '0.25'): World {
  return createWorld({
    gpus: host(gpu(0)),
    limits: roomyLimits.replace('after_stop_h: 0.25', `after_stop_h: ${holdHours}`),
  });
}

describe('deploy', () => {
  test('leases a GPU and gives exactly that one to the container', async () => {
    const world = createWorld();
    const { container, lease, outcome } = await deployed(world, 'thesis');
    expect(outcome).toBe('created');
    expect(container).toMatchObject({ name: 'thesis', state: 'running', slots: ['0'] });
    expect(lease?.uuids).toEqual([gpuUuid(0)]);
    const { containers } = await lookAt(world);
    expect(containers[0]?.deviceRequests).toMatchObject([{ count: 0, deviceIds: [gpuUuid(0)] }]);
    await everythingHolds(world);
  });

  test('the same request again finds the container and changes nothing', async () => {
    const world = createWorld();
    const first = await deployed(world, 'thesis');
    const second = await deployed(world, 'thesis');
    expect(second).toMatchObject({ outcome: 'already-running', lease: { id: first.lease?.id } });
    expect(await leaseStates(world)).toEqual(['thesis._.alice bound']);
  });

  test('the same request starts a container that was stopped', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    expect(await deployed(world, 'thesis')).toMatchObject({ outcome: 'started' });
    await everythingHolds(world);
  });

  test('another request under the same name is refused with the differences', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const other = deploy(world.deps(), alice, requestFor('thesis', { env: { SEED: '1' } }));
    await expect(other).rejects.toMatchObject({
      code: 'container.different-request',
      details: { differences: ['env: SEED'] },
    });
    await everythingHolds(world);
  });

  test('of two at once under one name one makes it and the other is told', async () => {
    const world = createWorld();
    const [first, second] = await Promise.allSettled([
      deployed(world, 'thesis'),
      deployed(world, 'thesis'),
    ]);
    expect([first.status, second.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    const rejected = first.status === 'rejected' ? first : second;
    expect(rejected).toMatchObject({ reason: failure('container.exists') });
    await everythingHolds(world);
  });

  test('of many at once exactly as many get a GPU as there are', async () => {
    const world = createWorld();
    const outcomes = await Promise.allSettled(
      [alice, bob, carol].flatMap((caller) =>
        ['one', 'two'].map((name) => deployed(world, name, { caller })),
      ),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    await everythingHolds(world);
  });

  test('a workspace that is missing leaves nothing behind', async () => {
    const world = createWorld();
    const request = requestFor('thesis', { workspace: '/home/alice/missing' });
    await expect(deploy(world.deps(), alice, request)).rejects.toMatchObject({
      code: 'workspace.not-found',
    });
    expect(await leaseStates(world)).toEqual([]);
    await listAll(world);
    await everythingHolds(world);
  });
});

describe('a stopped container', () => {
  test('keeps its GPU from others until its hold ends', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    await expect(deployed(world, 'other', { caller: bob })).rejects.toMatchObject({
      code: 'gpu.none-free',
    });
    world.clock.advance(hourMs / 4 - 1);
    await expect(deployed(world, 'other', { caller: bob })).rejects.toThrow(
      failure('gpu.none-free'),
    );
    world.clock.advance(1);
    expect(await deployed(world, 'other', { caller: bob })).toMatchObject({ outcome: 'created' });
    await everythingHolds(world);
  });

  test('gives its GPU back at once when the hold is 0', async () => {
    const world = oneGpu('0');
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    expect(await deployed(world, 'other', { caller: bob })).toMatchObject({ outcome: 'created' });
    await everythingHolds(world);
  });

  test('keeps its GPU for good when there is no end of the hold', async () => {
    const world = oneGpu('null');
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(1000 * hourMs);
    await expect(deployed(world, 'other', { caller: bob })).rejects.toThrow(
      failure('gpu.none-free'),
    );
    expect(await leaseStates(world)).toEqual(['thesis._.alice held']);
  });

  test('that crashed is held from its end, not from when it was noticed', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis');
    world.engine.crash(container.id, 1);
    world.clock.advance(hourMs / 8);
    await listAll(world);
    world.clock.advance(hourMs / 8);
    await listAll(world);
    expect(await leaseStates(world)).toEqual([]);
    await everythingHolds(world);
  });

  test('starts within its hold on its own GPU, also by plain docker start', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    await world.engine.startContainer(container.id);
    await listAll(world);
    expect(await leaseStates(world)).toEqual(['thesis._.alice bound']);
    await stop(world.deps(), alice, thesis);
    await start(world.deps(), alice, { name: 'thesis' });
    await everythingHolds(world);
  });

  test('starts after its hold when its GPU is free', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await listAll(world);
    expect(await leaseStates(world)).toEqual([]);
    const { container } = await start(world.deps(), alice, { name: 'thesis' });
    expect(container).toMatchObject({ state: 'running', slots: ['0'] });
    await everythingHolds(world);
  });

  test('does not start once its GPU went to somebody else, by no door', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await deployed(world, 'other', { caller: bob });
    await expect(start(world.deps(), alice, { name: 'thesis' })).rejects.toMatchObject({
      code: 'gpu.gone',
      hint: 'ds01 container start thesis --recreate',
    });
    await expect(world.engine.startContainer(container.id)).rejects.toMatchObject({
      code: 'gate.refused',
    });
    await everythingHolds(world);
  });

  test('is left alone by others while it is being started', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    const process = world.process(async (call) => {
      if (call.label !== 'engine.startContainer' || call.phase !== 'before') return undefined;
      await listAll(world);
      await listAll(world);
      return undefined;
    });
    await start(process.deps, alice, { name: 'thesis' });
    await everythingHolds(world);
  });
});

describe('pause, remove and retire', () => {
  test('a paused container keeps its GPU and goes on', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await pause(world.deps(), alice, { name: 'thesis' });
    await expect(deployed(world, 'other', { caller: bob })).rejects.toThrow(
      failure('gpu.none-free'),
    );
    const { container } = await unpause(world.deps(), alice, { name: 'thesis' });
    expect(container.state).toBe('running');
    await everythingHolds(world);
  });

  test('stop ends a paused container too', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await pause(world.deps(), alice, { name: 'thesis' });
    const { container } = await stop(world.deps(), alice, thesis);
    expect(container.state).toBe('stopped');
    await everythingHolds(world);
  });

  test('retire gives the GPU back at once and leaves nothing of the container', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await retire(world.deps(), alice, thesis);
    expect(world.pins.pinned.size + world.gate.grants.size + world.cgroups.folders.size).toBe(0);
    expect(await deployed(world, 'other', { caller: bob })).toMatchObject({ outcome: 'created' });
  });

  test('remove refuses a running container unless it is forced', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await expect(
      remove(world.deps(), alice, { name: 'thesis', force: false }),
    ).rejects.toMatchObject({ code: 'container.running' });
    await remove(world.deps(), alice, { name: 'thesis', force: true });
    expect(await leaseStates(world)).toEqual([]);
    await everythingHolds(world);
  });

  test('a container that plain docker removed is forgotten and its GPU is free', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis');
    await world.engine.removeContainer(container.id, { force: true });
    await listAll(world);
    expect(await leaseStates(world)).toEqual([]);
    await everythingHolds(world);
  });

  test("another person's container is not there", async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await expect(retire(world.deps(), bob, thesis)).rejects.toMatchObject({
      code: 'container.not-found',
    });
  });
});
