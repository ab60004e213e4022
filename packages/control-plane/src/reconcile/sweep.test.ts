import { expect, test } from 'vitest';
import { retire } from '../remove.ts';
import { stop } from '../stop.ts';
import { deployed } from '../testing/commands.ts';
import { brokenInvariants } from '../testing/invariants.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, ttlMs } from '../testing/world.ts';

const howToStop = { force: false, timeoutSeconds: null };

test('a slow command sweeps nothing that was made while it waited', async () => {
  const world = createWorld();
  await deployed(world, 'slow', { caller: bob });
  const process = world.process(async ({ label, phase }) => {
    if (label !== 'engine.stopContainer' || phase !== 'after') return undefined;
    await deployed(world, 'thesis', { gpu: { kind: 'none' } });
    await stop(world.deps(), alice, { ...howToStop, name: 'thesis' });
    world.clock.advance(ttlMs + 1);
    return undefined;
  });
  await retire(process.deps, bob, { ...howToStop, name: 'slow' });
  expect([...world.cgroups.folders.keys()]).toEqual(['/ds01/student/alice']);
  expect(world.pins.pinned.size).toBe(1);
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});
