import { expect, test } from 'vitest';
import { recreate } from './recreate.ts';
import { stop } from './stop.ts';
import { deployed, listAll } from './testing/commands.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice } from './testing/people.ts';
import { createWorld } from './testing/world.ts';

test('a container whose request was lost with a ledger is recreated again and again', async () => {
  const world = createWorld();
  const { container } = await deployed(world, 'thesis', { gpu: { kind: 'none' } });
  world.store.transaction(({ containers }) => containers.remove(container.id));
  for (const image of ['ds01-alice/thesis:kept-1', 'ds01-alice/thesis:kept-2']) {
    await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
    const recreated = await recreate(world.deps(), alice, { name: 'thesis' });
    expect(recreated.container).toMatchObject({ image, state: 'running' });
  }
  await listAll(world);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});
