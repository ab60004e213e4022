import { expect, test } from 'vitest';
import { deployed, listAll } from '../testing/commands.ts';
import { createWorld, ttlMs } from '../testing/world.ts';

test('a container that a person called "….recreated" replaces nothing', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await deployed(world, 'thesis.recreated');
  world.clock.advance(ttlMs + 1);
  const { containers } = await listAll(world);
  expect(containers.map(({ dockerName, state }) => [dockerName, state])).toEqual([
    ['thesis._.alice', 'running'],
    ['thesis.recreated._.alice', 'running'],
  ]);
  world.close();
});
