import type { ContainerId } from '@ds01/contracts';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { createRules, eventsOf, shortLimits, type Rules } from '../testing/rules.ts';
import { alice } from '../testing/people.ts';
import { createWorld, type World } from '../testing/world.ts';

const startMs = Date.UTC(2026, 0, 5, 9);

let world: World;
let rules: Rules;
let id: ContainerId;

beforeEach(async () => {
  world = createWorld({ limits: shortLimits(), accounts: [alice.owner] });
  rules = createRules(world);
  const { container } = await deployed(world, 'thesis');
  id = container.id;
  rules.idle(id);
});
afterEach(() => {
  world.close();
});

test('an idle container is warned twice, stopped on time, and keeps its GPU', async () => {
  await rules.live(120_000);
  expect(
    eventsOf(world, 'lifecycle.').map(({ event, atMs }) => [event.type, atMs - startMs]),
  ).toEqual([
    ['lifecycle.idle-warned', 33_684],
    ['lifecycle.idle-warned', 40_000],
    ['lifecycle.idle-stopped', 60_000],
  ]);
  expect(await world.engine.inspectContainer(id)).toMatchObject({ state: 'exited' });
  expect(world.store.transaction(({ leases }) => leases.live())).toMatchObject([{ state: 'held' }]);
});
