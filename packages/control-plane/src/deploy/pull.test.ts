import { containerIdSchema } from '@ds01/contracts';
import { createInMemoryEngine } from '@ds01/docker-engine';
import { expect, test } from 'vitest';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { deployed, requestFor } from '../testing/commands.ts';
import { gpuUuid } from '../testing/gpus.ts';
import { alice } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';
import { deploy } from './deploy.ts';

const request = requestFor('thesis', { image: 'debian' });

/** A world whose engine can pull `debian`. */
function withRegistry(world: World): ControlPlaneDependencies {
  const engine = createInMemoryEngine({
    clock: world.clock,
    cpus: 16,
    memoryBytes: 64 * 2 ** 30,
    images: [],
    registry: [{ tags: ['debian'] }],
    gate: ({ id }) => (world.gate.grants.has(id) ? null : 'this container has no GPU lease'),
  });
  engine.setCallHook(async ({ name, phase }) => {
    if (name !== 'pullImage' || phase !== 'before') return;
    const details = await foreignOnFirstGpu();
    engine.plant(details);
  });
  return { ...world.deps(), engine };
}

/** A container that somebody starts with plain Docker on GPU 0. */
async function foreignOnFirstGpu() {
  const other = createWorld();
  const { container } = await deployed(other, 'other');
  const details = await other.engine.inspectContainer(container.id);
  other.close();
  expect(details.deviceRequests[0]?.deviceIds).toEqual([gpuUuid(0)]);
  const id = containerIdSchema.parse('e'.repeat(64));
  return { ...details, id, dockerName: 'foreign', labels: {}, pid: 4711 };
}

test('what happened while an image was pulled is seen before a GPU is chosen', async () => {
  const world = createWorld();
  const { container } = await deploy(withRegistry(world), alice, request);
  expect(container.slots).toEqual(['1']);
  world.close();
});

test('the same request is recognised although the first one pulled the image', async () => {
  const world = createWorld();
  const deps = withRegistry(world);
  const first = await deploy(deps, alice, request);
  const second = await deploy(deps, alice, request);
  expect([first.outcome, second.outcome]).toEqual(['created', 'already-running']);
  world.close();
});
