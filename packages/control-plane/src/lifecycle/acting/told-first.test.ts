import { expect, test } from 'vitest';
import { createTurns } from '../../operations/turns.ts';
import { deployed } from '../../testing/commands.ts';
import { alice } from '../../testing/people.ts';
import { createRules, shortLimits } from '../../testing/rules.ts';
import { createWorld } from '../../testing/world.ts';
import { createLifecycle } from '../create-lifecycle.ts';

test('whoever delivers messages is woken before a stop, not when its grace is over', async () => {
  const world = createWorld({ limits: shortLimits(), accounts: [alice.owner] });
  const rules = createRules(world);
  const { container } = await deployed(world, 'thesis');
  rules.idle(container.id);
  await rules.live(59_900);
  const order: string[] = [];
  const { deps } = world.process(({ label, phase }) => {
    if (label === 'engine.stopContainer') order.push(`${phase} the stop`);
    return undefined;
  });
  const onWake = (): void => void order.push('woken');
  const lifecycle = createLifecycle(deps, { turns: createTurns(), onWake });
  world.clock.advance(100);
  await lifecycle.pass();
  await lifecycle.settled();
  expect(order).toEqual(['woken', 'before the stop', 'after the stop', 'woken']);
  world.close();
});
