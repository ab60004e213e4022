import { expect, test } from 'vitest';
import { happened } from '../testing/happened.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, hourMs } from '../testing/world.ts';
import { authenticate } from './authenticate.ts';
import { createEndTokensOfTheGone } from './end-tokens-of-the-gone.ts';

async function site() {
  const world = createWorld({ accounts: [alice.owner, bob.owner] });
  const operations = operationsOf(world);
  const secrets = await Promise.all(
    [alice, bob].map(async (person) => {
      const { secret } = await operations.call('tokens.create', person, { name: 'laptop' });
      return secret;
    }),
  );
  const there = new Map([alice, bob].map(({ owner }) => [owner.name, owner]));
  const deps = { ...world.deps(), accounts: { ...world.deps().accounts } };
  deps.accounts.byName = async (name) =>
    [...there.values()].find((one) => one.name === name) ?? null;
  const counting = () => secrets.map((secret) => authenticate(deps, secret, 'x') !== null);
  return { world, there, counting, look: createEndTokensOfTheGone(deps) };
}

test('tokens of an account that was gone for a day stay ended when there is one like it again', async () => {
  const { world, there, counting, look } = await site();
  there.delete(alice.owner.name);
  for (let hour = 0; hour < 24; hour += 1) {
    await look();
    world.clock.advance(hourMs);
  }
  expect(counting()).toEqual([true, true]);
  await look();
  there.set(alice.owner.name, alice.owner);
  await look();
  expect(counting()).toEqual([false, true]);
  const ended = { type: 'token.revoked', user: 'alice', details: { by: 'ds01' } };
  expect(happened(world, 'token.revoked')).toMatchObject([ended]);
});

test('a name service that fails for a while ends no token', async () => {
  const { world, there, counting, look } = await site();
  for (let hour = 0; hour < 48; hour += 1) {
    there.clear();
    await look();
    world.clock.advance(hourMs / 2);
    for (const { owner } of [alice, bob]) there.set(owner.name, owner);
    await look();
    world.clock.advance(hourMs / 2);
  }
  expect(counting()).toEqual([true, true]);
});

test('tokens of a name that has another uid now end at once', async () => {
  const { there, counting, look } = await site();
  there.set(alice.owner.name, { ...alice.owner, uid: 7777 });
  await look();
  expect(counting()).toEqual([false, true]);
});
