import { objectNameSchema } from '@ds01/contracts';
import { createInMemoryEngine } from '@ds01/docker-engine';
import { expect, test } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { requestFor } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import { findImage } from './image.ts';

const engine = createInMemoryEngine({
  clock: createTestClock(),
  cpus: 1,
  memoryBytes: 2 ** 30,
  images: [
    { tags: ['ds01-bob/secret'] },
    { tags: ['ds01-alice/thesis'] },
    { tags: ['ds01-bob/copy', 'debian'] },
    { tags: [] },
  ],
});

/** What Alice gets for `--image`. */
async function found(image: string | null, options = { dryRun: true }): Promise<string> {
  const world = createWorld();
  const name = objectNameSchema.parse('thesis');
  const checked = {
    name,
    image,
    workspace: '/home/alice/workspace/thesis',
    createWorkspace: true,
    data: [],
    secrets: [],
    input: requestFor(name, { image }),
  };
  try {
    const deps = { ...world.deps(), engine };
    return (await findImage(deps, { checked, caller: alice }, options)).reference;
  } finally {
    world.close();
  }
}

test("another person's image is not there, by no name", async () => {
  const secret = await engine.inspectImage('ds01-bob/secret');
  expect(secret).not.toBeNull();
  for (const image of ['ds01-bob/secret', 'ds01-bob/secret:latest', secret?.id ?? '']) {
    await expect(found(image)).rejects.toMatchObject({ code: 'image.not-found' });
  }
});

test('an image without a name is reached by no part of its id', async () => {
  const nameless = (await engine.listImages()).find(({ tags }) => tags.length === 0);
  expect(nameless).toBeDefined();
  await expect(found(nameless?.id ?? '')).rejects.toMatchObject({ code: 'image.not-found' });
});

test.each(['ds01-bob/new', 'docker.io/ds01-bob/new', 'index.docker.io/ds01/new'])(
  '%s is never fetched: it would come to be what that name means here',
  async (image) => {
    const message = `There is no image "${image}:latest" on this server.`;
    const wanted = { code: 'image.not-found', message };
    await expect(found(image, { dryRun: false })).rejects.toMatchObject(wanted);
  },
);

test("one's own images and public ones are there", async () => {
  expect(await found(null)).toBe('ds01-alice/thesis:latest');
  expect(await found('thesis')).toBe('ds01-alice/thesis:latest');
  expect(await found('ds01-alice/thesis')).toBe('ds01-alice/thesis:latest');
  expect(await found('debian')).toBe('debian:latest');
});

test('a bare name that no registry has is said to be none of one’s own either', async () => {
  await expect(found('thesys', { dryRun: false })).rejects.toMatchObject({
    code: 'image.not-found',
    message: expect.stringMatching(/^You have no image "thesys" \("ds01 image create thesys"/),
  });
});
