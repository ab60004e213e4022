import { expect, test } from 'vitest';
import { createInMemoryEngine } from '@ds01/docker-engine';
import { deploy } from '../deploy/deploy.ts';
import { requestFor } from '../testing/commands.ts';
import { alice, bob } from '../testing/people.ts';
import { createTestClock } from '../testing/clock.ts';
import { createWorld } from '../testing/world.ts';
import { listImages } from './list.ts';

const clock = createTestClock();
const engine = createInMemoryEngine({
  clock,
  cpus: 4,
  memoryBytes: 2 ** 32,
  images: [
    { tags: ['pytorch/pytorch:2.8'], labels: { 'ds01.framework': 'pytorch' } },
    { tags: ['ds01-alice/thesis', 'ds01-alice/thesis:old'] },
    { tags: ['ds01-alice/plots:v2'] },
    { tags: ['ds01-bob/secret'] },
    { tags: ['ds01-bob/base', 'base:1'] },
    { tags: ['thesis:latest'] },
    { tags: ['docker.io/ds01-bob/hidden'] },
  ],
});

const deps = { ...createWorld().deps(), engine };

const namesFor = async (caller: typeof alice): Promise<readonly string[]> =>
  (await listImages(deps, caller)).images.map(({ name }) => name);

test('one’s own images come first, those of others are not there', async () => {
  const { images } = await listImages(deps, alice);
  expect(images.map(({ own }) => own)).toEqual([true, true, false, false, false]);
  expect(images.flatMap(({ tags }) => tags).filter((tag) => tag.includes('bob'))).toEqual([]);
  expect(await namesFor(bob)).not.toContain('plots:v2');
});

test('a name is what --image takes, also where an own image has the name of a shared one', async () => {
  expect(new Set(await namesFor(alice))).toEqual(
    new Set(['thesis', 'plots:v2', 'base:1', 'library/thesis', 'pytorch/pytorch:2.8']),
  );
  expect(await namesFor(bob)).toContain('thesis');
});

test('the framework is what the label says', async () => {
  const { images } = await listImages(deps, alice);
  expect(images.find(({ name }) => name === 'pytorch/pytorch:2.8')).toMatchObject({
    framework: 'pytorch',
    own: false,
  });
});

test('each name that is listed can be deployed', async () => {
  const world = createWorld();
  const { images } = await listImages(world.deps(), alice);
  expect(images.length).toBeGreaterThan(0);
  for (const { name } of images) {
    const request = requestFor('thesis', { image: name, gpu: { kind: 'none' } });
    const result = await deploy(world.deps(), alice, request, { dryRun: true });
    expect(result.container.image).toBe('ds01/busybox:latest');
  }
});
