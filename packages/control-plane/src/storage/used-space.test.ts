import { afterEach, beforeEach, expect, test } from 'vitest';
import { showLimits } from '../limits.ts';
import { createTurns } from '../operations/turns.ts';
import { adminOverview } from '../overview/overview.ts';
import { deployed } from '../testing/commands.ts';
import { alice, dana } from '../testing/people.ts';
import { createWorld, roomyLimits, type World } from '../testing/world.ts';
import { measureNext } from './measure-next.ts';

const gibibyte = 2 ** 30;
const limits = roomyLimits.replace(
  'defaults:',
  'defaults:\n  storage_workspace: 10g\n  storage_container: 5g',
);

let world: World;
const turns = createTurns();
const usage = async () => {
  const deps = world.deps();
  return (await showLimits({ ...deps, full: deps }, alice.owner.name)).usage;
};
const alerts = async () => {
  const overview = await adminOverview(world.deps(), { caller: dana, lifecycle: null });
  return overview.alerts
    .filter(({ message }) => message.includes('GiB'))
    .map(({ severity, message }) => `${severity}: ${message}`);
};
const measureAll = async () => {
  while ((await measureNext(world.deps(), { turns })) !== null) world.clock.advance(1);
};

beforeEach(async () => {
  world = createWorld({ limits, accounts: [alice.owner] });
  const { container } = await deployed(world, 'thesis');
  await deployed(world, 'paper', { gpu: { kind: 'none' } });
  world.engine.setLayerBytes(container.id, 6 * gibibyte);
  const workspace = { bytes: 9 * gibibyte, complete: true };
  world.people.storage.sizes.set('alice:/home/alice/workspace', workspace);
});
afterEach(() => {
  world.close();
});

test('what was measured stands beside the limits, and nothing before', async () => {
  const nothing = { workspaceBytes: null, largestLayerBytes: null, storageMeasuredAt: null };
  expect(await usage()).toMatchObject(nothing);
  await measureAll();
  expect(await usage()).toMatchObject({
    workspaceBytes: 9 * gibibyte,
    dataBytes: null,
    largestLayerBytes: 6 * gibibyte,
    storageMeasuredAt: '2026-01-05T09:00:00.000Z',
  });
  world.setLimits(roomyLimits);
  expect(await usage()).toMatchObject(nothing);
});

test('administrators see what is nearly full, and what is too large first', async () => {
  expect(await alerts()).toEqual([]);
  await measureAll();
  expect(await alerts()).toEqual([
    'warning: alice/thesis has 6 GiB of 5 GiB in its own layer',
    'info: alice has 9 GiB of 10 GiB in the workspaces',
  ]);
});
