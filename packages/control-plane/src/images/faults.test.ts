import { ds01Error, isDs01Error } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { built } from '../testing/builds.ts';
import { deployed, listAll, runIn } from '../testing/commands.ts';
import { noFault, type Fault, type PortCall } from '../testing/faults.ts';
import { brokenInvariants } from '../testing/invariants.ts';
import { alice, bob } from '../testing/people.ts';
import { describeEnding, faultAt, wrongAt, type Point } from '../testing/points.ts';
import { createWorld, ttlMs, type World } from '../testing/world.ts';
import { commitContainer } from './commit.ts';
import { deleteImage } from './delete.ts';
import { imagePackages } from './packages.ts';
import { pruneImages } from './prune.ts';
import { pullOwnImage } from './pull.ts';
import { pushImage } from './push.ts';
import { shareImage } from './share.ts';
import { rollbackImage, tagImage } from './tag.ts';

const target = 'registry.example.org/team/thesis:v1';
const name = 'thesis';

interface Operation {
  readonly name: string;
  readonly run: (deps: ControlPlaneDependencies) => Promise<unknown>;
  /** What it says when a run before got as far as doing it. */
  readonly doneAlready?: string;
}

const operations: readonly Operation[] = [
  {
    name: 'tag',
    run: (deps) => tagImage(deps, alice, { name, from: null, to: 'x', force: false }),
  },
  { name: 'rollback', run: (deps) => rollbackImage(deps, alice, { name, to: 'first' }) },
  {
    name: 'delete',
    run: (deps) => deleteImage(deps, alice, { name, tag: null, force: true }),
    doneAlready: 'image.not-found',
  },
  { name: 'prune', run: (deps) => pruneImages(deps, alice, { olderThanDays: 0 }) },
  {
    name: 'share',
    run: (deps) =>
      shareImage(deps, alice, { name, users: ['bob'], groups: ['student'], remove: false }),
  },
  {
    name: 'push',
    run: (deps) => pushImage(deps, alice, { name, tag: null, target, auth: null }),
  },
  {
    name: 'pull',
    run: (deps) => pullOwnImage(deps, alice, { reference: 'debian:12', name: null, auth: null }),
  },
  { name: 'packages', run: (deps) => imagePackages(deps, alice, { name, tag: null }) },
  {
    name: 'commit',
    run: (deps) => commitContainer(deps, alice, { name: 'thesis', image: null, tag: 'kept' }),
    doneAlready: 'image.exists',
  },
];

/** Alice's thesis in three builds with a container, one of Bob's, and a public name that exists. */
async function worldBefore(): Promise<World> {
  const world = createWorld({
    accounts: [alice.owner, bob.owner],
    registry: [{ tags: ['debian:12'] }],
  });
  const deps = world.deps();
  await built(deps, 'FROM ds01/busybox\nRUN one\n', { tag: 'first' });
  await built(deps, 'FROM ds01/busybox\nRUN two\n');
  await built(deps, 'FROM ds01/busybox\nRUN three\n');
  await built(deps, 'FROM ds01/busybox\nRUN bobs\n', { caller: bob });
  await deployed(world, 'thesis', { image: null, gpu: { kind: 'none' } });
  await listAll(world);
  return world;
}

async function tagsOf(world: World): Promise<ReadonlyMap<string, string>> {
  const images = await world.engine.listImages();
  return new Map(images.flatMap(({ id, tags }) => tags.map((tag) => [tag, id] as const)));
}

async function runWith(world: World, operation: Operation, fault: Fault) {
  const process = world.process(fault);
  return { ending: await runIn(process, operation.run), calls: process.lifeline.calls };
}

/** All moments in the long run, else each of `every`, from a different one for each kind of fault. */
async function somePoints(operation: Operation, every: number): Promise<readonly Point[]> {
  const points = await allPoints(operation);
  const isLong = process.env['DS01_TEST_LONG'] === '1';
  return isLong ? points : points.filter((_, index) => index % every === every - 2);
}

async function allPoints(operation: Operation): Promise<readonly Point[]> {
  const world = await worldBefore();
  const { ending, calls } = await runWith(world, operation, noFault);
  world.close();
  if (ending.end !== 'done') throw new Error(describeEnding(ending));
  return calls.flatMap((label, index) =>
    (['before', 'after'] as const).map((phase) => ({ index, label, phase })),
  );
}

/** What may not be, whatever happened to an operation on Alice's images. */
async function wrongImages(
  world: World,
  before: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  const now = await tagsOf(world);
  const isOwn = (tag: string): boolean => tag.startsWith('ds01-alice/');
  const others = new Set([...before.keys(), ...now.keys()].filter((tag) => !isOwn(tag)));
  const builds = [...now.keys()].filter((tag) => /^ds01-alice\/thesis:b\d/.test(tag));
  const containers = (await world.engine.listContainers()).map(({ dockerName }) => dockerName);
  const [container] = await world.engine.listContainers();
  const image =
    container === undefined ? undefined : await world.engine.inspectContainer(container.id);
  return [
    ...[...others].filter((tag) => before.get(tag) !== now.get(tag)).map((tag) => `${tag} moved`),
    ...builds.filter((tag) => before.get(tag) !== now.get(tag)).map((tag) => `${tag} moved`),
    ...containers.filter((one) => one !== 'thesis._.alice').map((one) => `${one} is left`),
    ...world.store
      .transaction(({ meta }) => meta.list('image-transit:'))
      .map(({ key }) => `${key} is left`),
    ...((await world.engine.inspectImage(image?.imageId ?? '')) === null
      ? ['the container lost its image']
      : []),
    ...(await brokenInvariants(world)),
  ];
}

/** Everything that must hold after a fault, once others have looked; and the same command works. */
async function aftermath(
  world: World,
  operation: Operation,
  before: ReadonlyMap<string, string>,
): Promise<readonly string[]> {
  world.clock.advance(ttlMs + 1);
  await listAll(world);
  const left = await wrongImages(world, before);
  const { ending } = await runWith(world, operation, noFault);
  const isDone =
    ending.end === 'done' ||
    (ending.end === 'failed' &&
      isDs01Error(ending.error) &&
      ending.error.code === operation.doneAlready);
  const later = await wrongImages(world, before);
  world.close();
  return [...left, ...(isDone ? later : [`afterwards: ${describeEnding(ending)}`])];
}

describe.each(operations)('$name', (operation) => {
  test('killed at any call, the next command puts everything in order', async () => {
    const wrong = await wrongAt(await somePoints(operation, 3), async (point) => {
      const world = await worldBefore();
      const before = await tagsOf(world);
      const { ending } = await runWith(world, operation, faultAt(point, 'die'));
      return [
        ...(ending.end === 'killed' ? [] : [ending.end]),
        ...(await aftermath(world, operation, before)),
      ];
    });
    expect(wrong).toEqual([]);
  });

  test('when a call fails, it fails with an error of ours and leaves nothing', async () => {
    const failing = ({ label }: PortCall): Error =>
      label.startsWith('store.')
        ? ds01Error('internal.storage-full', { message: `${label} failed on purpose` })
        : ds01Error('engine.error', { message: `${label} failed on purpose` });
    const wrong = await wrongAt(await somePoints(operation, 5), async (point) => {
      const world = await worldBefore();
      const before = await tagsOf(world);
      const { ending } = await runWith(world, operation, faultAt(point, failing(point)));
      const isOurs = ending.end !== 'failed' || isDs01Error(ending.error);
      return [
        ...(isOurs ? [] : [describeEnding(ending)]),
        ...(await aftermath(world, operation, before)),
      ];
    });
    expect(wrong).toEqual([]);
  });
});
