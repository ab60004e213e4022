import type { GpuRequest } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { deploy } from './deploy/deploy.ts';
import { stop } from './stop.ts';
import { deployed, requestFor } from './testing/commands.ts';
import { brokenInvariants } from './testing/invariants.ts';
import { alice, bob } from './testing/people.ts';
import { createWorld, roomyLimits } from './testing/world.ts';
import { start } from './verbs.ts';

const requests: readonly GpuRequest[] = [{ kind: 'any' }, { kind: 'none' }];

test.each(requests)('of two commands that start one container ($kind) one is told', async (gpu) => {
  const world = createWorld();
  await deployed(world, 'thesis', { gpu });
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const process = world.process(async ({ label, phase }) => {
    if (label !== 'pins.pin' || phase !== 'after') return undefined;
    const second = start(world.deps(), alice, { name: 'thesis' });
    await expect(second).rejects.toMatchObject({ code: 'container.start-failed' });
    return undefined;
  });
  const { container } = await start(process.deps, alice, { name: 'thesis' });
  expect(container.state).toBe('running');
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('the limits of a user who moved to another group hold where their container is', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const moved =
    'default_group: staff\ngroups:\n  student: {}\n  staff:\n    aggregate: { tasks_max: 111 }\n';
  world.setLimits(roomyLimits.replace(/default_group[^]*$/, moved));
  await start(world.deps(), alice, { name: 'thesis' });
  const parents = [...world.cgroups.folders].map(([path, limits]) => [path, limits?.tasksMax]);
  expect(parents).toEqual([['/ds01/student/alice', 111]]);
  world.close();
});

test('the same deploy twice at once: the second is told that the first is at work', async () => {
  const world = createWorld();
  const process = world.process(async ({ label, phase }) => {
    if (label !== 'engine.makeContainerFolder' || phase !== 'after') return undefined;
    const second = deployed(world, 'thesis');
    await expect(second).rejects.toMatchObject({ code: 'container.start-failed' });
    return undefined;
  });
  const { outcome } = await deploy(process.deps, alice, requestFor('thesis'));
  expect(outcome).toBe('created');
  expect(await brokenInvariants(world)).toEqual([]);
  world.close();
});

test('says which GPU it took, and of a mistyped name which of one’s own is near', async () => {
  const world = createWorld();
  await deployed(world, 'thesis');
  await deployed(world, 'theses', { caller: bob });
  await stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });
  const names = [
    ['tehsis', 'alice has no container "tehsis". Did you mean thesis?'],
    ['theses', 'alice has no container "theses". Did you mean thesis?'],
    ['notebook', 'alice has no container "notebook".'],
  ];
  for (const [name = '', message] of names) {
    const starting = start(world.deps(), alice, { name });
    await expect(starting).rejects.toMatchObject({ code: 'container.not-found', message });
  }
  expect((await start(world.deps(), alice, { name: 'thesis' })).note).toBe('on GPU 0');
  world.close();
});
