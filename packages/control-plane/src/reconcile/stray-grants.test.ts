import { leaseIdOf, type ContainerId } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { deploy } from '../deploy/deploy.ts';
import { stop } from '../stop.ts';
import { deployed, listAll, requestFor } from '../testing/commands.ts';
import { gpuUuid } from '../testing/gpus.ts';
import { brokenInvariants, brokenSafety } from '../testing/invariants.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, hourMs, type World } from '../testing/world.ts';

/** Alice's container has stopped and lost its lease; a start that was killed left a grant behind. */
async function withStrayGrant(): Promise<{ world: World; id: ContainerId }> {
  const world = createWorld();
  const { container } = await deployed(world, 'thesis');
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  world.clock.advance(hourMs);
  await listAll(world);
  const leaseId = leaseIdOf(world.clock.nowMs(), 'stray000000');
  world.gate.write({ containerId: container.id, leaseId, token: 1, devices: [gpuUuid(0)] });
  return { world, id: container.id };
}

test('a stray grant is taken away', async () => {
  const { world } = await withStrayGrant();
  await listAll(world);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('a container that starts under a stray grant after the look has its GPU to itself', async () => {
  const { world, id } = await withStrayGrant();
  const process = world.process(async ({ label, phase }) => {
    if (label === 'engine.listContainers' && phase === 'after')
      await world.engine.startContainer(id);
    return undefined;
  });
  const { lease } = await deploy(process.deps, bob, requestFor('other'));
  expect(lease?.slots).toEqual(['1']);
  expect(await brokenSafety(world)).toEqual([]);
  await listAll(world);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});
