import { afterEach, beforeEach, expect, test } from 'vitest';
import { deliverDue } from '../../notifications/deliver.ts';
import { loadCurrentPolicy } from '../../policy.ts';
import { stop } from '../../stop.ts';
import { deployed } from '../../testing/commands.ts';
import { alice } from '../../testing/people.ts';
import { createRules } from '../../testing/rules.ts';
import { createWorld, hourMs, type World } from '../../testing/world.ts';

let world: World;
beforeEach(() => {
  world = createWorld({ accounts: [alice.owner] });
  world.people.written.set('alice', []);
});
afterEach(() => world.close());

/** Titles of what stands on Alice's terminal. */
async function told(): Promise<number> {
  await deliverDue(world.deps(), loadCurrentPolicy(world.deps()), {});
  const texts = world.people.written.get('alice') ?? [];
  return texts.filter((text) => text.includes('the GPU of thesis went back to everybody')).length;
}

const stopThesis = () =>
  stop(world.deps(), alice, { name: 'thesis', force: false, timeoutSeconds: null });

test('an owner hears once that the GPU of a stopped container went back to everybody', async () => {
  await deployed(world, 'thesis');
  const rules = createRules(world);
  await rules.pass();
  await stopThesis();
  await rules.live(hourMs / 8);
  expect(await told()).toBe(0);
  await rules.live(hourMs / 4);
  expect(await told()).toBe(1);
  await rules.live(hourMs / 8);
  expect(await told()).toBe(1);
});

test('nobody hears it again from the next daemon', async () => {
  await deployed(world, 'thesis');
  await createRules(world).pass();
  await stopThesis();
  await createRules(world).live(hourMs / 3);
  expect(await told()).toBe(1);
  await createRules(world).live(hourMs / 8);
  expect(await told()).toBe(1);
});
