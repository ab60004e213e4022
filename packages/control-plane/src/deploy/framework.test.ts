import { createInMemoryEngine } from '@ds01/docker-engine';
import { describe, expect, test } from 'vitest';
import { createTestClock } from '../testing/clock.ts';
import { deployed, requestFor } from '../testing/commands.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld } from '../testing/world.ts';
import { deploy } from './deploy.ts';
import { imageOfFramework } from './framework.ts';

const made = (tag: string, framework: string) => ({
  tags: [tag],
  labels: { 'ds01.framework': framework },
});

const engine = createInMemoryEngine({
  clock: createTestClock(),
  cpus: 1,
  memoryBytes: 2 ** 30,
  images: [
    made('lab/torch:2', 'Pytorch-2.5.1'),
    made('ds01-bob/vision', 'jax'),
    made('ds01-alice/nlp', 'tensorflow'),
    { tags: ['debian'] },
  ],
});

const deps = { ...createWorld().deps(), engine };

const found = (framework: string, caller = alice) =>
  imageOfFramework(deps, { framework, caller }, {});

describe('--framework', () => {
  test('is an image that is made for it, one’s own or everybody’s, by any of its names', async () => {
    for (const name of ['pytorch', 'torch', 'PyTorch-2.5.1']) {
      expect(await found(name)).toBe('lab/torch:2');
    }
    expect(await found('tf')).toBe('ds01-alice/nlp:latest');
    expect(await found('jax', bob)).toBe('ds01-bob/vision:latest');
  });

  test('without an image of one’s own or everybody’s: not found, and what there is', async () => {
    await expect(found('jax')).rejects.toMatchObject({
      code: 'image.not-found',
      message:
        'No image on this server is made for jax. There are images for tensorflow, pytorch; ' +
        'name another one with --image.',
    });
  });

  test('a server without any such image: exit 3, nothing is made', async () => {
    const world = createWorld();
    const request = requestFor('thesis', { image: null, framework: 'pytorch' });
    await expect(deploy(world.deps(), alice, request)).rejects.toMatchObject({
      code: 'image.not-found',
      hint: 'ds01 image list',
    });
    expect(await world.engine.listContainers()).toEqual([]);
  });

  test('is no less than an image of one’s own that is called as the container', async () => {
    const world = createWorld();
    const first = await deployed(world, 'first');
    const target = { repository: 'ds01-alice/thesis', tag: 'latest', pause: false };
    await world.engine.commitContainer(first.container.id, target);
    const named = await deployed(world, 'thesis', { image: null, gpu: { kind: 'none' } });
    expect(named.container.image).toBe('ds01-alice/thesis:latest');
    const asked = { name: 'thesis', image: null, framework: 'pytorch' };
    await expect(deploy(world.deps(), alice, requestFor('thesis', asked))).rejects.toMatchObject({
      code: 'image.not-found',
      details: { framework: 'pytorch' },
    });
  });

  test('excludes an image', async () => {
    await expect(deployed(createWorld(), 'thesis', { framework: 'jax' })).rejects.toMatchObject({
      code: 'usage.invalid',
    });
  });
});
