import { ds01Error, isDs01Error } from '@ds01/contracts';
import { expect, test } from 'vitest';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { built, recordsIn } from '../../testing/builds.ts';
import { listAll, runIn } from '../../testing/commands.ts';
import { noFault, type Fault, type PortCall } from '../../testing/faults.ts';
import { brokenInvariants } from '../../testing/invariants.ts';
import {
  describeEnding,
  faultAt,
  isAt,
  sampleOf,
  wrongAt,
  type Point,
} from '../../testing/points.ts';
import { createWorld, ttlMs, type World } from '../../testing/world.ts';

const dockerfile = 'FROM debian:12\nCOPY a /a\nRUN echo x > /x\n';
const build = (deps: ControlPlaneDependencies) =>
  built(deps, dockerfile, { files: { a: 'A' }, tag: null });

/** A base to fetch, a version that is there already. */
async function worldBefore(): Promise<World> {
  const world = createWorld({
    registry: [{ tags: ['debian:12'] }],
    images: [{ tags: ['base:1'] }],
  });
  await built(world.deps(), 'FROM base:1\n');
  await listAll(world);
  return world;
}

async function runWith(world: World, fault: Fault) {
  const process = world.process(fault);
  return { ending: await runIn(process, build), calls: process.lifeline.calls };
}

async function allPoints(): Promise<readonly Point[]> {
  const world = await worldBefore();
  const { ending, calls } = await runWith(world, noFault);
  expect(ending.end).toBe('done');
  return calls.flatMap((label, index) =>
    (['before', 'after'] as const).map((phase) => ({ index, label, phase })),
  );
}

/** What is wrong with records and tags; nothing is good. */
async function wrongBuilds(world: World): Promise<readonly string[]> {
  const records = recordsIn(world);
  const ids = new Map<string, string>();
  for (const image of await world.engine.listImages()) {
    for (const tag of image.tags) ids.set(tag, image.id);
  }
  const immutable = [...ids.keys()].filter((tag) => tag.startsWith('ds01-alice/thesis:b'));
  const notes = world.store.transaction(({ meta }) => meta.list('image-building:'));
  return [
    ...records.filter(({ state }) => state === 'running').map(({ build: id }) => `${id} runs`),
    ...notes.map(({ key }) => `a note: ${key}`),
    ...immutable.flatMap((tag) => {
      const record = records.find(({ build: id }) => tag.endsWith(`:${id}`));
      return record?.state === 'succeeded' && record.imageId === ids.get(tag)
        ? []
        : [`${tag} is ${record?.state ?? 'unknown'}`];
    }),
    ...(immutable.some((tag) => ids.get(tag) === ids.get('ds01-alice/thesis:latest'))
      ? []
      : ['latest is no build']),
  ];
}

/** Everything that must hold after a fault, once others have looked; and the same command works. */
async function aftermath(world: World): Promise<readonly string[]> {
  world.clock.advance(ttlMs + 1);
  await listAll(world);
  const left = [...(await wrongBuilds(world)), ...(await brokenInvariants(world))];
  const { ending } = await runWith(world, noFault);
  world.clock.advance(ttlMs + 1);
  await listAll(world);
  const later = [...(await wrongBuilds(world)), ...(await brokenInvariants(world))];
  world.close();
  return [...left, ...(ending.end === 'done' ? later : [`afterwards: ${describeEnding(ending)}`])];
}

test('killed at any call, the next command puts everything in order', async () => {
  const wrong = await wrongAt(await allPoints(), async (point) => {
    const world = await worldBefore();
    const { ending } = await runWith(world, faultAt(point, 'die'));
    return [...(ending.end === 'killed' ? [] : [ending.end]), ...(await aftermath(world))];
  });
  expect(wrong).toEqual([]);
});

test('when a call fails, the build does with an error of ours, and leaves nothing', async () => {
  const failing = ({ label }: PortCall): Error =>
    label.startsWith('store.')
      ? ds01Error('internal.storage-full', { message: `${label} failed on purpose` })
      : ds01Error('engine.error', { message: `${label} failed on purpose` });
  const wrong = await wrongAt(sampleOf(await allPoints(), 1), async (point) => {
    const world = await worldBefore();
    const { ending } = await runWith(world, faultAt(point, failing(point)));
    const isOurs = ending.end !== 'failed' || isDs01Error(ending.error);
    return [...(isOurs ? [] : [describeEnding(ending)]), ...(await aftermath(world))];
  });
  expect(wrong).toEqual([]);
});

test('stopped for so long that it was given up, it ends in order all the same', async () => {
  const calls = (await allPoints()).filter(({ label }) => !label.startsWith('store.'));
  const points = sampleOf(calls, 2);
  const wrong = await wrongAt(points, async (point) => {
    const world = await worldBefore();
    const process = world.process(async (call) => {
      if (!isAt(point, call)) return undefined;
      process.lifeline.freeze();
      world.clock.advance(ttlMs + 1);
      await listAll(world);
      process.lifeline.thaw();
      return undefined;
    });
    const ending = await runIn(process, build);
    const isOurs = ending.end !== 'failed' || isDs01Error(ending.error);
    return [...(isOurs ? [] : [describeEnding(ending)]), ...(await aftermath(world))];
  });
  expect(wrong).toEqual([]);
});
