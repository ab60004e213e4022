import { describe, expect, test } from 'vitest';
import { pause } from './pause.ts';
import { restart } from './restart.ts';
import { stop } from './stop.ts';
import { deployed, listAll } from './testing/commands.ts';
import { gpu, host } from './testing/gpus.ts';
import { brokenInvariants, lookAt } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, hourMs, roomyLimits, ttlMs, type World } from './testing/world.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };

/** One GPU, which goes back to everybody as soon as its container stops. */
const greedy = (): World =>
  createWorld({
    gpus: host(gpu(0)),
    limits: roomyLimits.replace('after_stop_h: 0.25', 'after_stop_h: 0'),
  });

async function leasesOf(world: World): Promise<readonly string[]> {
  return (await lookAt(world)).leases.map(({ dockerName, state }) => `${dockerName} ${state}`);
}

describe('restart', () => {
  test('is a new run of the same container on the same GPU', async () => {
    const world = createWorld();
    const { container, lease } = await deployed(world, 'thesis');
    world.clock.advance(1000);
    const { container: again } = await restart(world.deps(), alice, thesis);
    expect(again).toMatchObject({ id: container.id, state: 'running', slots: container.slots });
    expect(again.startedAt).not.toBe(container.startedAt);
    expect((await lookAt(world)).leases.map(({ id }) => id)).toEqual([lease?.id]);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('nobody gets its GPU in between, also without any hold and however long it takes', async () => {
    const world = greedy();
    await deployed(world, 'thesis');
    const tries: unknown[] = [];
    const process = world.process(async ({ label, phase }) => {
      if (label !== 'engine.startContainer' || phase !== 'before') return undefined;
      for (let step = 0; step < 6; step += 1) {
        world.clock.advance(ttlMs / 3);
        await new Promise((resolve) => setImmediate(resolve));
        await listAll(world);
        tries.push(await deployed(world, 'other', { caller: bob }).catch((error: Error) => error));
        await listAll(world);
      }
      return undefined;
    });
    await restart(process.deps, alice, thesis);
    expect(tries).toHaveLength(6);
    for (const tried of tries) expect(tried).toMatchObject({ code: 'gpu.none-free' });
    expect(await leasesOf(world)).toEqual(['thesis._.alice bound']);
  });

  test('two at once: one restarts it and the other is told', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const both = await Promise.allSettled([
      restart(world.deps(), alice, thesis),
      restart(world.deps(), alice, thesis),
    ]);
    expect(both.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected']);
    expect(both.find(({ status }) => status === 'rejected')).toMatchObject({
      reason: { code: 'container.start-failed' },
    });
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('of a paused container ends the pause, of a stopped one is a start', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await pause(world.deps(), alice, { name: 'thesis' });
    expect((await restart(world.deps(), alice, thesis)).container.state).toBe('running');
    await stop(world.deps(), alice, thesis);
    const started = await restart(world.deps(), alice, thesis);
    expect(started).toMatchObject({
      container: { state: 'running' },
      note: 'it was not running',
    });
  });

  test('is refused before anything is stopped when the GPU is no longer there', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    world.probe.set(host());
    await listAll(world);
    await expect(restart(world.deps(), alice, thesis)).rejects.toMatchObject({
      code: 'gpu.lost',
      message: expect.stringContaining('no longer there'),
      hint: 'ds01 container stop thesis',
    });
    expect((await lookAt(world)).containers[0]?.state).toBe('running');
  });

  test('of a stopped container whose hold ended says who has to be asked: nobody, recreate', async () => {
    const world = createWorld({ gpus: host(gpu(0)) });
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await deployed(world, 'other', { caller: bob });
    await expect(restart(world.deps(), alice, thesis)).rejects.toMatchObject({
      code: 'gpu.gone',
      hint: 'ds01 container start thesis --recreate',
    });
  });

  test('that can’t start again leaves it stopped with its GPU held, and says so', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const process = world.process(({ label, phase }) =>
      label === 'engine.startContainer' && phase === 'before' ? new Error('no') : undefined,
    );
    await expect(restart(process.deps, alice, thesis)).rejects.toThrow('no');
    expect(await leasesOf(world)).toEqual(['thesis._.alice held']);
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('Ctrl-C while it stops: it is started again all the same', async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    const abort = new AbortController();
    const process = world.process(({ label, phase }) => {
      if (label === 'engine.stopContainer' && phase === 'before') abort.abort();
      return undefined;
    });
    const signal = abort.signal;
    await expect(restart(process.deps, alice, thesis, { signal })).rejects.toMatchObject({
      code: 'operation.interrupted',
      message: 'thesis had been told to stop already, so it was started again.',
    });
    expect((await lookAt(world)).containers[0]?.state).toBe('running');
    expect(await brokenInvariants(world)).toEqual([]);
  });

  test('a dry run changes nothing', async () => {
    const world = createWorld();
    const { container } = await deployed(world, 'thesis');
    world.clock.advance(1000);
    const { note } = await restart(world.deps(), alice, thesis, { dryRun: true });
    expect(note).toBe('it would be stopped and started');
    const [now] = (await lookAt(world)).containers;
    expect(now?.startedAtMs).toBe(Date.parse(container.startedAt ?? ''));
  });

  test("another person's container is not there", async () => {
    const world = createWorld();
    await deployed(world, 'thesis');
    await expect(restart(world.deps(), bob, thesis)).rejects.toMatchObject({
      code: 'container.not-found',
    });
  });
});
