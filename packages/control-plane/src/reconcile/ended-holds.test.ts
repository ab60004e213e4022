import { containerIdSchema } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { deploy } from '../deploy/deploy.ts';
import { stop } from '../stop.ts';
import { deployed, requestFor } from '../testing/commands.ts';
import { gpu, gpuUuid, host } from '../testing/gpus.ts';
import { brokenSafety } from '../testing/invariants.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, hourMs } from '../testing/world.ts';

test('a GPU whose hold ends is not given out while a container from before the gate runs on it', async () => {
  const world = createWorld({ gpus: host(gpu(0)) });
  const { container } = await deployed(world, 'thesis');
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const own = await world.engine.inspectContainer(container.id);
  world.engine.plant({
    ...own,
    id: containerIdSchema.parse('f'.repeat(64)),
    pid: 4711,
    dockerName: 'foreign',
    state: 'running',
    labels: {},
    deviceRequests: [
      { driver: 'nvidia', count: 0, deviceIds: [gpuUuid(0)], capabilities: [['gpu']] },
    ],
  });
  world.clock.advance(hourMs);
  const other = deploy(world.deps(), bob, requestFor('other'));
  await expect(other).rejects.toMatchObject({ code: 'gpu.none-free' });
  expect(await brokenSafety(world)).toEqual([]);
  world.close();
});
