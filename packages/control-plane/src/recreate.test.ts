import { ds01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { recreate } from './recreate.ts';
import { stop } from './stop.ts';
import { deployed, listAll } from './testing/commands.ts';
import { gpu, host } from './testing/gpus.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, hourMs, roomyLimits, type World } from './testing/world.ts';
import { start } from './verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };

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

describe('recreate', () => {
  test('puts the container with what was installed in it on another GPU', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    const before = await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await deployed(world, 'other', { caller: bob });
    const { container, note } = await recreate(world.deps(), alice, { name: 'thesis' });
    expect(container).toMatchObject({ name: 'thesis', state: 'running', slots: ['1'] });
    expect(note).toBe('recreated from ds01-alice/thesis:kept-1, on GPU 1');
    expect(container.image).toBe('ds01-alice/thesis:kept-1');
    expect(container.id).not.toBe(before.container.id);
    await everythingHolds(world);
    await stop(world.deps(), alice, thesis);
    await start(world.deps(), alice, { name: 'thesis' });
    await everythingHolds(world);
  });

  test('just starts a container that still holds its GPU', async () => {
    const world = oneGpu();
    const before = await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    const { container } = await recreate(world.deps(), alice, { name: 'thesis' });
    expect(container).toMatchObject({ id: before.container.id, state: 'running' });
  });

  test('keeps its reservation while a large layer is committed', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await deployed(world, 'other', { caller: bob });
    const process = world.process(async (call) => {
      if (call.label !== 'engine.commitContainer' || call.phase !== 'before') return undefined;
      for (let count = 0; count < 10; count += 1) {
        world.clock.advance(20_000);
        await listAll(world);
      }
      return undefined;
    });
    const { container } = await recreate(process.deps, alice, { name: 'thesis' });
    expect(container.state).toBe('running');
    await everythingHolds(world);
  });

  test('frees the quota of a GPU that is no longer there', async () => {
    const limits = roomyLimits.replace('equivalents: 2', 'equivalents: 1');
    const world = createWorld({ gpus: host(gpu(0), gpu(1)), limits });
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.probe.set(host(gpu(1)));
    await expect(start(world.deps(), alice, { name: 'thesis' })).rejects.toMatchObject({
      code: 'gpu.lost',
    });
    const { container } = await recreate(world.deps(), alice, { name: 'thesis' });
    expect(container).toMatchObject({ state: 'running', slots: ['1'] });
    await everythingHolds(world);
  });

  test('that fails leaves the old container, and no image of it', async () => {
    const world = oneGpu('0');
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    const imagesBefore = await world.engine.listImages();
    const process = world.process(({ label, phase }) =>
      label === 'engine.startContainer' && phase === 'before'
        ? ds01Error('engine.error', { message: 'the engine is stuck' })
        : undefined,
    );
    await expect(recreate(process.deps, alice, { name: 'thesis' })).rejects.toMatchObject({
      code: 'engine.error',
    });
    expect(await world.engine.listImages()).toEqual(imagesBefore);
    const { container } = await recreate(world.deps(), alice, { name: 'thesis' });
    expect(container).toMatchObject({ state: 'running', image: 'ds01-alice/thesis:kept-1' });
    await everythingHolds(world);
  });
});
