import { expect, test } from 'vitest';
import { remove } from './remove.ts';
import { stop } from './stop.ts';
import { deployed, listAll } from './testing/commands.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice } from './testing/people.ts';
import { createRules } from './testing/rules.ts';
import { createWorld } from './testing/world.ts';

test('a container that was started after the look is not removed unasked', async () => {
  const world = createWorld();
  const { container } = await deployed(world, 'thesis');
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const process = world.process(async ({ label, phase }) => {
    if (label !== 'engine.removeContainer' || phase !== 'before') return undefined;
    await world.engine.startContainer(container.id);
    return undefined;
  });
  const removal = remove(process.deps, alice, { name: 'thesis', force: false });
  await expect(removal).rejects.toMatchObject({ code: 'container.running' });
  const { containers } = await listAll(world);
  expect(containers).toMatchObject([{ name: 'thesis', state: 'running', slots: ['0'] }]);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('what is gone ends no more', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  const rules = createRules(world);
  await rules.pass();
  const { containers } = await listAll(world);
  expect(containers).toMatchObject([{ stopsAt: expect.stringMatching(/Z$/) }]);
  const { container } = await remove(world.deps(), alice, { name: 'thesis', force: true });
  expect(container).toMatchObject({ state: 'removed', stopsAt: null, stopReason: null });
  world.close();
});
