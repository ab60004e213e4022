import { expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { createWorld, type World } from '../testing/world.ts';
import { mendAll } from './mend-all.ts';

function mend(world: World, options: { readonly dryRun?: boolean } = {}) {
  const gate = () => ({ installed: true, mode: 'enforce', message: 'fine' });
  return mendAll({ deps: world.deps(), gate }, options);
}

test('a host in order needs nothing', async () => {
  expect((await mend(createWorld())).mended).toEqual([]);
});

test('what is safe is mended, and everything looked at again; a dry run only tells', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await world.pins.pin('stray', [{ kind: 'file', name: 'passwd', text: '' }]);
  const planned = await mend(world, { dryRun: true });
  expect(planned.mended).toEqual([
    { id: 'pins', done: false, message: 'would take away mounts of containers that are gone' },
  ]);
  expect(await world.pins.keys()).toContain('stray');
  expect(planned.checks.find(({ id }) => id === 'pins')?.mend).toBe(
    'take away mounts of containers that are gone',
  );
  const done = await mend(world);
  expect(done.mended).toMatchObject([{ id: 'pins', done: true }]);
  expect(await world.pins.keys()).not.toContain('stray');
  expect(done.checks.filter(({ mend: more }) => more !== undefined)).toEqual([]);
});
