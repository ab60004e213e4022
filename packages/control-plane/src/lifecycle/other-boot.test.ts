import { expect, test } from 'vitest';
import { deployed } from '../testing/commands.ts';
import { alice } from '../testing/people.ts';
import { createRules, eventTypes, shortLimits } from '../testing/rules.ts';
import { createWorld, hourMs } from '../testing/world.ts';

const minuteMs = 60_000;

test('whatever wall clock a machine starts with, nothing ran for longer than since then', async () => {
  const defaults = { idle_timeout_h: null, max_runtime_h: 1 };
  const world = createWorld({ limits: shortLimits({ defaults }), accounts: [alice.owner] });
  const { container } = await deployed(world, 'thesis');
  await createRules(world).live(10 * minuteMs);
  // As if it had come back as it was, from a snapshot of the machine.
  world.clock.jump(2 * 365 * 24 * hourMs);
  world.clock.reboot();
  const rules = createRules(world);
  await rules.live(30 * minuteMs);
  expect(eventTypes(world, 'lifecycle.')).toEqual([]);
  await rules.live(25 * minuteMs);
  expect((await world.engine.inspectContainer(container.id)).state).toBe('exited');
  expect(eventTypes(world, 'lifecycle.')).toEqual([
    'lifecycle.runtime-warned',
    'lifecycle.runtime-warned',
    'lifecycle.runtime-stopped',
  ]);
  world.close();
});
