import { describe, expect, test } from 'vitest';
import { deploy } from '../deploy/deploy.ts';
import { pause, unpause } from '../pause.ts';
import { recreate } from '../recreate.ts';
import { remove, retire } from '../remove.ts';
import { rename } from '../rename.ts';
import { restart } from '../restart.ts';
import { stop } from '../stop.ts';
import { deployed, listAll, requestFor } from '../testing/commands.ts';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob } from '../testing/people.ts';
import { eventsAfter, lastOf, ofThesis, toldOnce } from '../testing/told.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { start } from '../verbs.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };
const oneGpu = (): World => createWorld({ gpus: host(gpu(0)) });

describe('a person’s command tells, once,', () => {
  test('of a deploy: the container, its GPU, its start', async () => {
    const world = oneGpu();
    const told = await toldOnce(world, () => deployed(world, 'thesis'));
    expect(told).toEqual(ofThesis('container.created', 'gpu.lease-granted', 'container.started'));
    expect(eventsAfter(world).map(({ event }) => [event.user, event.uid])).toEqual(
      told.map(() => ['alice', alice.owner.uid]),
    );
    expect(lastOf(world, 'gpu.lease-granted')?.details).toMatchObject({
      slots: ['0'],
      gpuEquivalents: 1,
    });
  });

  test('of a create without a GPU: the container', async () => {
    const world = oneGpu();
    const input = requestFor('thesis', { gpu: { kind: 'none' }, start: false });
    expect(await toldOnce(world, () => deploy(world.deps(), alice, input))).toEqual(
      ofThesis('container.created'),
    );
  });

  test('of a stop: that, and until when the GPU is kept', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    expect(await toldOnce(world, () => stop(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.stopped', 'gpu.lease-held'),
    );
    const until = new Date(world.clock.nowMs() + hourMs / 4).toISOString();
    expect(lastOf(world, 'gpu.lease-held')?.details).toMatchObject({ until });
    expect(await toldOnce(world, () => stop(world.deps(), alice, thesis))).toEqual([]);
  });

  test('of a start on its own GPU: the start', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    const again = () => start(world.deps(), alice, thesis);
    expect(await toldOnce(world, again)).toEqual(ofThesis('container.started'));
    expect(await toldOnce(world, again)).toEqual([]);
  });

  test('of a restart: stop and start', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    expect(await toldOnce(world, () => restart(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.stopped', 'container.started'),
    );
  });

  test('of pause and unpause', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    expect(await toldOnce(world, () => pause(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.paused'),
    );
    expect(await toldOnce(world, () => unpause(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.unpaused'),
    );
    await pause(world.deps(), alice, thesis);
    expect(await toldOnce(world, () => start(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.unpaused'),
    );
  });

  test('of a rename: the name of before', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    const renamed = { name: 'thesis', newName: 'paper' };
    expect(await toldOnce(world, () => rename(world.deps(), alice, renamed))).toEqual([
      'container.renamed paper._.alice',
    ]);
    expect(lastOf(world, 'container.renamed')?.details).toEqual({ from: 'thesis._.alice' });
  });

  test('of a removal: the GPU, and why the container is gone', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    expect(await toldOnce(world, () => remove(world.deps(), alice, thesis))).toEqual(
      ofThesis('gpu.lease-released', 'container.removed'),
    );
    expect(lastOf(world, 'container.removed')).toMatchObject({
      user: 'alice',
      uid: alice.owner.uid,
      details: { reason: 'its owner removed it' },
    });
  });

  test('of a retirement: the stop too', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    expect(await toldOnce(world, () => retire(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.stopped', 'gpu.lease-held', 'gpu.lease-released', 'container.removed'),
    );
  });

  test('of a replacement: both containers, under the one name', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    const other = () => deployed(world, 'thesis', { env: { SEED: '1' }, replace: true });
    expect(await toldOnce(world, other)).toEqual(
      ofThesis(
        'container.stopped',
        'gpu.lease-released',
        'container.created',
        'gpu.lease-granted',
        'container.started',
        'container.removed',
      ),
    );
  });

  test('of a recreation on another GPU: both containers', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    world.clock.advance(hourMs);
    await listAll(world);
    expect(await toldOnce(world, () => recreate(world.deps(), alice, thesis))).toEqual(
      ofThesis('container.created', 'gpu.lease-granted', 'container.started', 'container.removed'),
    );
  });

  test('of a refusal: whom, and by which rule', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    const refused = () => deployed(world, 'plots', { caller: bob }).catch(() => null);
    expect(await toldOnce(world, refused)).toEqual(['gpu.refused plots._.bob']);
    expect(lastOf(world, 'gpu.refused')).toMatchObject({
      user: 'bob',
      uid: bob.owner.uid,
      details: { code: 'gpu.none-free' },
    });
  });

  test('nothing of a dry run', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    const dryRun = { dryRun: true };
    const told = await toldOnce(world, async () => {
      await stop(world.deps(), alice, thesis, dryRun);
      await retire(world.deps(), alice, thesis, dryRun);
      await deploy(world.deps(), bob, requestFor('plots'), dryRun).catch(() => null);
    });
    expect(told).toEqual([]);
  });
});
