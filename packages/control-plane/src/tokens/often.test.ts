import { expect, test } from 'vitest';
import { happened } from '../testing/happened.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld, hourMs, roomyLimits } from '../testing/world.ts';

const limits = `${roomyLimits}access_control:\n  admin_users: [dana]\n`;
const accounts = [alice, bob, dana].map(({ owner }) => owner);
const tooOften = (retryAfterS: number) =>
  expect.objectContaining({ code: 'rate.limited', details: { retryAfterS } });

test('who makes tokens in a loop is told to use one again, and nobody else is', async () => {
  const world = createWorld({ limits, accounts });
  const operations = operationsOf(world);
  const make = (person = alice) => operations.call('tokens.create', person, { name: 'loop' });
  const first = await make();
  for (let count = 0; count < 59; count += 1) {
    const { token } = await make();
    await operations.call('tokens.revoke', alice, { id: token.id });
    world.clock.advance(1000);
  }
  const left = 3600 - 59;
  await expect(make()).rejects.toEqual(tooOften(left));
  const { id } = first.token;
  await expect(operations.call('tokens.rotate', alice, { id })).rejects.toEqual(tooOften(left));
  expect(happened(world, 'token.created')).toHaveLength(60);
  await expect(make(bob)).resolves.toBeDefined();
  const forAlice = { user: 'alice', name: 'by staff' };
  await expect(operations.call('admin.tokens.create', dana, forAlice)).resolves.toBeDefined();
  // What was stolen can always be ended.
  await expect(operations.call('tokens.revoke', alice, { id })).resolves.toBeDefined();
  world.clock.advance(hourMs);
  await expect(make()).resolves.toBeDefined();
});

test('a secret that is made anew counts, too', async () => {
  const world = createWorld({ limits, accounts });
  const operations = operationsOf(world);
  const { token } = await operations.call('tokens.create', alice, { name: 'loop' });
  const rotate = () => operations.call('tokens.rotate', alice, { id: token.id });
  for (let count = 0; count < 59; count += 1) await rotate();
  await expect(rotate()).rejects.toEqual(tooOften(3600));
});
