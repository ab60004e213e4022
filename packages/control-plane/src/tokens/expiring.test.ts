import { expect, test } from 'vitest';
import { happened } from '../testing/happened.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob } from '../testing/people.ts';
import { createWorld, hourMs } from '../testing/world.ts';
import { expiryToTell, tellExpiringTokens } from './expiring.ts';

const dayMs = 24 * hourMs;
const accounts = [alice, bob].map(({ owner }) => owner);

test('the owner of a token that ends soon is told once, by an event and a message', async () => {
  const world = createWorld({ accounts });
  const deps = world.deps();
  const operations = operationsOf(world);
  const month = { name: 'laptop', expiresInMs: 30 * dayMs };
  const { token } = await operations.call('tokens.create', alice, month);
  await operations.call('tokens.create', bob, { name: 'later', expiresInMs: 60 * dayMs });
  world.clock.advance(26 * dayMs);
  expect(tellExpiringTokens(deps)).toBe(0);
  world.clock.advance(2 * dayMs);
  expect([tellExpiringTokens(deps), tellExpiringTokens(deps)]).toEqual([1, 0]);
  const details = { token: token.id, name: 'laptop', expiresAt: token.expiresAt };
  expect(happened(world, 'token.expiring')).toMatchObject([{ user: 'alice', details }]);
  const nowMs = world.clock.nowMs();
  const outbox = world.store.transaction((transaction) => transaction.outbox.due(nowMs, 100));
  expect(outbox.length).toBeGreaterThan(0);
  expect(outbox.map(({ user }) => user)).toEqual(outbox.map(() => 'alice'));
  expect(outbox[0]?.body).toContain(`ds01 token rotate ${token.id}`);
});

test('a token that got another secret is told of again, one that ended is not', async () => {
  const world = createWorld({ accounts });
  const operations = operationsOf(world);
  const short = { name: 'x', expiresInMs: 10 * dayMs };
  const { token } = await operations.call('tokens.create', alice, short);
  const other = await operations.call('tokens.create', alice, short);
  world.clock.advance(9.5 * dayMs);
  await operations.call('tokens.revoke', alice, { id: other.token.id });
  expect(tellExpiringTokens(world.deps())).toBe(1);
  await operations.call('tokens.rotate', alice, { id: token.id });
  expect(tellExpiringTokens(world.deps())).toBe(0);
  world.clock.advance(9.5 * dayMs);
  expect(tellExpiringTokens(world.deps())).toBe(1);
});

test('answers say when a token ends only while that is soon', async () => {
  const world = createWorld({ accounts });
  const wanted = { name: 'x', expiresInMs: 10 * dayMs };
  const { token } = await operationsOf(world).call('tokens.create', alice, wanted);
  const [record] = world.store.transaction(({ tokens }) => tokens.list(null));
  const said = (days: number) =>
    record === undefined ? undefined : expiryToTell(record, world.clock.nowMs() + days * dayMs);
  expect([said(0), said(8.9), said(9.1), said(10)]).toEqual([null, null, token.expiresAt, null]);
});
