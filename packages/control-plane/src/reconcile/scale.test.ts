import { adminContainers } from '../admin.ts';
import { expect, test } from 'vitest';
import { deployed, listAll } from '../testing/commands.ts';
import { foreignContainer } from '../testing/foreign.ts';
import { gpu, host } from '../testing/gpus.ts';
import { createWorld } from '../testing/world.ts';

const all = { all: true };

test('500 known containers take one call of the engine, and new ones one more each', async () => {
  const world = createWorld({ gpus: host(...Array.from({ length: 8 }, (_, index) => gpu(index))) });
  for (let number = 0; number < 498; number += 1) world.engine.plant(foreignContainer(number));
  await deployed(world, 'thesis');
  await deployed(world, 'other');

  const process = world.process();
  await adminContainers(process.deps, all);
  const firstCalls = process.lifeline.calls.length;
  const cpuBefore = globalThis.process.cpuUsage();
  const { containers } = await adminContainers(process.deps, all);
  const cpu = globalThis.process.cpuUsage(cpuBefore);
  expect(containers).toHaveLength(500);
  const calls = process.lifeline.calls.slice(firstCalls);
  expect(calls.filter((call) => call.startsWith('engine.'))).toEqual(['engine.listContainers']);
  console.info(`reconciling 500 containers took ${(cpu.user + cpu.system) / 1000} ms of CPU`);

  world.engine.plant(foreignContainer(1000));
  const next = world.process();
  await adminContainers(next.deps, all);
  expect(next.lifeline.calls.filter((call) => call.startsWith('engine.')).toSorted()).toEqual([
    'engine.info',
    'engine.inspectContainer',
    'engine.listContainers',
  ]);
});

test('after a lost ledger each container is looked at once, 8 at a time', async () => {
  const world = createWorld();
  for (let number = 0; number < 50; number += 1) world.engine.plant(foreignContainer(number));
  let now = 0;
  let most = 0;
  const process = world.process((call) => {
    if (call.label !== 'engine.inspectContainer') return undefined;
    now += call.phase === 'before' ? 1 : -1;
    most = Math.max(most, now);
    return undefined;
  });
  await adminContainers(process.deps, all);
  const inspects = process.lifeline.calls.filter((call) => call === 'engine.inspectContainer');
  expect(inspects).toHaveLength(50);
  expect(most).toBe(8);
  await listAll(world);
});
