import { eventTable, type NewEvent } from '@ds01/contracts/lifecycle';
import { describe, expect, test } from 'vitest';
import { deploy } from '../deploy/deploy.ts';
import { pause, unpause } from '../pause.ts';
import { recreate } from '../recreate.ts';
import { remove, retire } from '../remove.ts';
import { rename } from '../rename.ts';
import { restart } from '../restart.ts';
import { stop } from '../stop.ts';
import { deployed, listAll, requestFor } from '../testing/commands.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob } from '../testing/people.ts';
import { eventsAfter, toldBy } from '../testing/told.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { start } from '../verbs.ts';
import { noteOutOfMemory } from './container-oom.ts';
import { loadCurrentPolicy } from '../policy.ts';
import { pruneEvents } from './prune.ts';
import { notePolicyState } from './policy-problems.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };
const oneGpu = (): World => createWorld({ gpus: host(gpu(0)) });
const ofThesis = (...types: readonly NewEvent['type'][]) =>
  types.map((type) => `${type} thesis._.alice`);

/** The details of the last event of a type. */
function lastOf<Type extends NewEvent['type']>(world: World, type: Type): NewEvent | undefined {
  return eventsAfter(world)
    .map(({ event }) => event)
    .findLast((event) => event.type === type);
}

/** What a step tells, and what everybody's next looks tell after it: nothing. */
async function toldOnce(world: World, step: () => unknown): Promise<readonly string[]> {
  const told = await toldBy(world, step);
  expect(
    await toldBy(world, async () => {
      await listAll(world);
      await listAll(world);
    }),
  ).toEqual([]);
  return told;
}

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

describe('a look tells, once,', () => {
  test('of a main process that ended by itself: its exit code', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis');
    const crash = async () => {
      world.engine.crash(container.id, 137);
      await listAll(world);
    };
    expect(await toldOnce(world, crash)).toEqual(ofThesis('container.ended', 'gpu.lease-held'));
    expect(lastOf(world, 'container.ended')?.details).toEqual({
      exitCode: 137,
      outOfMemory: false,
    });
  });

  test('of one without a GPU as well', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis', { gpu: { kind: 'none' } });
    const crash = async () => {
      world.engine.crash(container.id, 3);
      await listAll(world);
    };
    expect(await toldOnce(world, crash)).toEqual(ofThesis('container.ended'));
  });

  test('of what was done with Docker behind its back', async () => {
    const world = oneGpu();
    const { container } = await deployed(world, 'thesis', { gpu: { kind: 'none' } });
    await stop(world.deps(), alice, thesis);
    const behind = async (work: Promise<unknown>) => {
      await work;
      await listAll(world);
    };
    const { engine } = world;
    world.clock.advance(1000);
    expect(await toldOnce(world, () => behind(engine.startContainer(container.id)))).toEqual(
      ofThesis('container.started'),
    );
    const renamed = engine.renameContainer(container.id, 'paper._.alice');
    expect(await toldOnce(world, () => behind(renamed))).toEqual([
      'container.renamed paper._.alice',
    ]);
    const removed = engine.removeContainer(container.id, { force: true });
    expect(await toldOnce(world, () => behind(removed))).toEqual([
      'container.removed paper._.alice',
    ]);
    expect(lastOf(world, 'container.removed')?.details).toEqual({
      reason: 'it was removed without DS01',
    });
  });

  test('of somebody else’s container, what it has, and its end', async () => {
    const world = oneGpu();
    const found = foreignContainer(1, gpusFlag({ count: 1 }));
    const appear = async () => {
      world.engine.plant(found);
      await listAll(world);
    };
    expect(await toldOnce(world, appear)).toEqual([
      'container.found foreign-1',
      'gpu.lease-granted foreign-1',
    ]);
    const crash = async () => {
      world.engine.crash(found.id, 0);
      await listAll(world);
    };
    expect(await toldOnce(world, crash)).toEqual([
      'container.ended foreign-1',
      'gpu.lease-released foreign-1',
    ]);
  });

  test('of a hold that ended', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    await stop(world.deps(), alice, thesis);
    const later = async () => {
      world.clock.advance(hourMs);
      await listAll(world);
    };
    expect(await toldOnce(world, later)).toEqual(ofThesis('lifecycle.hold-ended'));
    expect(lastOf(world, 'lifecycle.hold-ended')?.uid).toBe(alice.owner.uid);
  });

  test('of a GPU that vanished', async () => {
    const world = createWorld({ gpus: host(gpu(0), gpu(1)) });
    await deployed(world, 'thesis');
    const vanish = async () => {
      world.probe.set(host(gpu(1)));
      await listAll(world);
    };
    expect(await toldOnce(world, vanish)).toEqual(ofThesis('gpu.lost'));
  });

  test('nothing of a stop that is under way, and of its end when nobody is left to tell', async () => {
    const world = oneGpu();
    await deployed(world, 'thesis');
    const dying = world.process(({ label, phase }) =>
      label === 'engine.stopContainer' && phase === 'after' ? 'die' : undefined,
    );
    void stop(dying.deps, alice, thesis).catch(() => null);
    await dying.lifeline.killed;
    expect(await toldBy(world, () => listAll(world))).toEqual(ofThesis('gpu.lease-held'));
    world.clock.advance(5 * 60_000);
    expect(await toldOnce(world, () => listAll(world))).toEqual(ofThesis('container.ended'));
  });
});

test('an out-of-memory of the engine is told once a minute, of what the ledger knows', async () => {
  const world = oneGpu();
  const { container } = await deployed(world, 'thesis');
  const told = await toldBy(world, () => {
    noteOutOfMemory(world.deps(), container.id);
    noteOutOfMemory(world.deps(), container.id);
    world.clock.advance(61_000);
    noteOutOfMemory(world.deps(), container.id);
    noteOutOfMemory(world.deps(), 'e'.repeat(64));
  });
  expect(told).toEqual(ofThesis('container.out-of-memory', 'container.out-of-memory'));
});

test('what happened longer ago than the site keeps is removed', async () => {
  const world = createWorld({ settings: 'retention: { events_days: 2 }\n' });
  await deployed(world, 'thesis');
  world.clock.advance(47 * hourMs);
  await deployed(world, 'plots', { caller: bob });
  const policy = loadCurrentPolicy(world.deps());
  expect(pruneEvents(world.deps(), policy)).toBe(0);
  world.clock.advance(2 * hourMs);
  expect(pruneEvents(world.deps(), policy)).toBe(3);
  expect(new Set(eventsAfter(world).map(({ event }) => event.user))).toEqual(new Set(['bob']));
});

test('an error of the files is told when it comes, changes and goes', async () => {
  const world = oneGpu();
  const note = (problem: string | null) =>
    world.store.transaction((transaction) =>
      notePolicyState(transaction, { problem, lastGoodInForce: true }, world.clock.nowMs()),
    );
  const told = await toldBy(world, () => {
    for (const problem of [null, 'line 3', 'line 3', 'line 4', null, null]) note(problem);
  });
  expect(told).toEqual(['policy.problem-found', 'policy.problem-found', 'policy.problem-mended']);
});

test('what is written down has the shape that the reference promises', async () => {
  const world = oneGpu();
  await deployed(world, 'thesis');
  await retire(world.deps(), alice, thesis);
  const told = eventsAfter(world);
  // What isn't of its shape would have been left out.
  expect(told).toHaveLength(world.store.transaction(({ events }) => events.lastId()));
  for (const { event } of told) {
    expect(eventTable[event.type].details.strict().safeParse(event.details).success).toBe(true);
  }
});
