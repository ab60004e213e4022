import { eventTable } from '@ds01/contracts/lifecycle';
import { describe, expect, test } from 'vitest';
import { loadCurrentPolicy } from '../policy.ts';
import { retire } from '../remove.ts';
import { stop } from '../stop.ts';
import { deployed, listAll } from '../testing/commands.ts';
import { foreignContainer, gpusFlag } from '../testing/foreign.ts';
import { gpu, host } from '../testing/gpus.ts';
import { alice, bob } from '../testing/people.ts';
import { eventsAfter, lastOf, ofThesis, toldBy, toldOnce } from '../testing/told.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';
import { noteOutOfMemory } from './container-oom.ts';
import { notePolicyState } from './policy-problems.ts';
import { pruneEvents } from './prune.ts';

const thesis = { name: 'thesis', force: false, timeoutSeconds: null };
const oneGpu = (): World => createWorld({ gpus: host(gpu(0)) });

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
