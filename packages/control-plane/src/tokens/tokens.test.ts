import { tokenSecretPattern } from '@ds01/contracts/service';
import { slugOf, usernameSchema, type RouteInput } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { happened } from '../testing/happened.ts';
import { operationsOf } from '../testing/operations.ts';
import { alice, bob, dana } from '../testing/people.ts';
import { createWorld, hourMs, roomyLimits, type World } from '../testing/world.ts';
import { authenticate, belongsTo, stillCounts } from './authenticate.ts';

const dayMs = 24 * hourMs;
const limits = `${roomyLimits}access_control:\n  admin_users: [dana]\n`;
const accounts = [alice, bob, dana].map(({ owner }) => owner);

function worldOf(settings = '{}'): World {
  return createWorld({ limits, settings, accounts });
}

type Created = RouteInput<'tokens.create'>;

function made(world: World, input: Partial<Created> = {}, person = alice) {
  return operationsOf(world).call('tokens.create', person, { name: 'laptop', ...input });
}

const refusal = (code: string) => expect.objectContaining({ code });

test('a new token counts, its secret is 256 bits and shown once, and is not kept', async () => {
  const world = worldOf();
  const { token, secret } = await made(world);
  expect(secret).toMatch(tokenSecretPattern);
  expect(token).toMatchObject({ name: 'laptop', user: 'alice', scope: 'write', state: 'active' });
  expect(secret.startsWith(token.hint.slice(0, -1))).toBe(true);
  const kept = world.store.transaction(({ tokens }) => tokens.list(null));
  expect(JSON.stringify(kept)).not.toContain(secret);
  expect(authenticate(world.deps(), secret, '192.0.2.7')).toMatchObject({ id: token.id });
  const { tokens } = await operationsOf(world).call('tokens.list', alice, {});
  expect(tokens).toMatchObject([{ id: token.id, lastUsedFrom: '192.0.2.7' }]);
  expect(JSON.stringify(tokens)).not.toContain(secret);
  expect(JSON.stringify(happened(world, ''))).not.toContain(secret);
  expect(happened(world, 'token.')).toMatchObject([{ type: 'token.created', user: 'alice' }]);
});

test('nothing but the very secret counts', async () => {
  const world = worldOf();
  const { secret } = await made(world);
  const last = secret.at(-1) === 'A' ? 'B' : 'A';
  const tries = ['', 'ds01_', secret.slice(0, -1), `${secret}A`, ` ${secret}`, secret.slice(5)];
  for (const wrong of [...tries, secret.slice(0, -1) + last, secret.toUpperCase()]) {
    expect({ wrong, found: authenticate(world.deps(), wrong, 'x') }).toEqual({
      wrong,
      found: null,
    });
  }
});

test('a token ends when it expires, is revoked, or gets another secret', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  const brief = await made(world, { expiresInMs: hourMs });
  const revoked = await made(world);
  const rotated = await made(world);
  const before = world.store.transaction(({ tokens }) => tokens.get(rotated.token.id));
  if (before === null) throw new Error('no token');
  await operations.call('tokens.revoke', alice, { id: revoked.token.id });
  const again = await operations.call('tokens.rotate', alice, { id: rotated.token.id });
  expect(again.token.id).toBe(rotated.token.id);
  const counts = (secret: string) => authenticate(world.deps(), secret, 'x') !== null;
  expect([revoked, rotated, again, brief].map(({ secret }) => counts(secret))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  // What was begun with the old secret ends, too.
  expect(stillCounts(world.deps(), before)).toBe(false);
  world.clock.advance(hourMs);
  expect(counts(brief.secret)).toBe(false);
  const active = await operations.call('tokens.list', alice, {});
  expect(active.tokens.map(({ id }) => id)).toEqual([rotated.token.id]);
  const all = await operations.call('tokens.list', alice, { all: true });
  expect(all.tokens.map(({ state }) => state).toSorted()).toEqual(['active', 'expired', 'revoked']);
  const ended = operations.call('tokens.rotate', alice, { id: revoked.token.id });
  await expect(ended).rejects.toEqual(refusal('token.not-found'));
  await operations.call('tokens.revoke', alice, { id: revoked.token.id });
  expect(happened(world, 'token.revoked')).toHaveLength(1);
});

test('a token of another is exactly as if it were not there, but for administrators', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  const { token } = await made(world);
  const unknown = `t${'0'.repeat(20)}`;
  for (const id of ['tokens.revoke', 'tokens.rotate'] as const) {
    const refusals = [token.id, unknown].map(async (wanted) => {
      const asked = operations.call(id, bob, { id: wanted });
      const error: unknown = await asked.then(
        () => null,
        (failure: unknown) => failure,
      );
      return String(error).replace(wanted, '');
    });
    const [others, none] = await Promise.all(refusals);
    expect(others).toBe(none);
    expect(others).toContain('no token');
  }
  expect((await operations.call('tokens.list', bob, { all: true })).tokens).toEqual([]);
  const everybodys = await operations.call('admin.tokens', dana, { user: 'alice' });
  expect(everybodys.tokens.map(({ id }) => id)).toEqual([token.id]);
  expect((await operations.call('admin.tokens', dana, { user: 'bob' })).tokens).toEqual([]);
  await operations.call('admin.tokens.revoke', dana, { id: token.id });
  expect(happened(world, 'token.revoked')).toMatchObject([
    { user: 'alice', details: { by: 'dana' } },
  ]);
});

test('who gets a name or a uid that somebody had before gets none of their tokens', async () => {
  const world = worldOf();
  const { token, secret } = await made(world);
  const record = authenticate(world.deps(), secret, 'x');
  if (record === null) throw new Error('no token');
  const alias = usernameSchema.parse('heir');
  const heir = { ...alice, owner: { ...alice.owner, name: alias, slug: slugOf(alias) } };
  const namesake = { ...alice, owner: { ...alice.owner, uid: 2999 } };
  expect(belongsTo(record, alice.owner)).toBe(true);
  for (const other of [heir, namesake]) {
    expect(belongsTo(record, other.owner)).toBe(false);
    const operations = operationsOf(world);
    expect((await operations.call('tokens.list', other, { all: true })).tokens).toEqual([]);
    const revoke = operations.call('tokens.revoke', other, { id: token.id });
    await expect(revoke).rejects.toEqual(refusal('token.not-found'));
  }
  expect(belongsTo(record, null)).toBe(false);
});

test('tokens live as long as the site says, and there are as many as it says', async () => {
  const world = worldOf('tokens: { default_days: 7, longest_days: 30, per_user: 2 }\n');
  const lifeMs = ({ token }: Awaited<ReturnType<typeof made>>) =>
    Date.parse(token.expiresAt ?? '') - Date.parse(token.createdAt);
  const first = await made(world);
  expect(lifeMs(first)).toBe(7 * dayMs);
  const longer = made(world, { expiresInMs: 31 * dayMs });
  await expect(longer).rejects.toEqual(refusal('request.invalid'));
  const second = await made(world, { expiresInMs: 30 * dayMs });
  await expect(made(world)).rejects.toEqual(refusal('token.too-many'));
  expect((await made(world, {}, bob)).token.user).toBe('bob');
  world.clock.advance(10 * dayMs);
  const operations = operationsOf(world);
  const renewed = await operations.call('tokens.rotate', alice, { id: second.token.id });
  expect(lifeMs(renewed)).toBe(30 * dayMs);
  expect(Date.parse(renewed.token.expiresAt ?? '')).toBe(world.clock.nowMs() + 30 * dayMs);
  // The first has expired by now, and comes back only where there is room.
  expect((await made(world)).token.state).toBe('active');
  const again = operations.call('tokens.rotate', alice, { id: first.token.id });
  await expect(again).rejects.toEqual(refusal('token.too-many'));
});

test('a scope is given only to whom it may reach', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  const actingForAlice = { ...alice, role: 'admin' as const };
  await expect(made(world, { scope: 'admin' })).rejects.toEqual(refusal('token.scope'));
  await expect(made(world, { scope: 'admin' }, actingForAlice)).rejects.toEqual(
    refusal('token.scope'),
  );
  await expect(made(world, { scope: 'metrics' })).rejects.toEqual(refusal('token.scope'));
  expect((await made(world, { scope: 'admin' }, dana)).token.scope).toBe('admin');
  const metrics = { name: 'prometheus', user: 'bob', scope: 'metrics' as const };
  const { token } = await operations.call('admin.tokens.create', dana, metrics);
  expect(token).toMatchObject({ user: 'bob', scope: 'metrics' });
  await operations.call('admin.tokens.rotate', dana, { id: token.id });
  const told = ['token.created', 'token.rotated'].map((type) => happened(world, type).at(-1));
  expect(told).toMatchObject([
    { user: 'bob', details: { by: 'dana' } },
    { user: 'bob', details: { by: 'dana' } },
  ]);
  const nobodys = operations.call('admin.tokens.create', dana, { name: 'x', user: 'zoe' });
  await expect(nobodys).rejects.toEqual(refusal('user.unknown'));
});

test('who leaves the site has no tokens any more, also where their account is gone already', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  const { secret } = await made(world);
  const others = await made(world, {}, bob);
  const preview = { dryRun: true };
  await operations.call('admin.users.offboard', dana, { user: 'alice' }, preview);
  expect(authenticate(world.deps(), secret, 'x')).not.toBeNull();
  await operations.call('admin.users.offboard', dana, { user: 'alice' });
  expect(authenticate(world.deps(), secret, 'x')).toBeNull();
  expect(authenticate(world.deps(), others.secret, 'x')).not.toBeNull();
  const { tokens } = await operations.call('admin.tokens', dana, { user: 'alice', all: true });
  expect(tokens.map(({ state }) => state)).toEqual(['revoked']);
});

test('a dry run makes and ends nothing', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  const { token } = await made(world);
  const kept = () => JSON.stringify(world.store.transaction(({ tokens }) => tokens.list(null)));
  const before = kept();
  const dry = { dryRun: true };
  const preview = await operations.call('tokens.create', alice, { name: 'another' }, dry);
  expect(preview.secret).toBe('');
  expect((await operations.call('tokens.rotate', alice, { id: token.id }, dry)).secret).toBe('');
  const revoked = await operations.call('tokens.revoke', alice, { id: token.id }, dry);
  expect(revoked.state).toBe('revoked');
  expect(kept()).toBe(before);
});

test('ended tokens are kept to be read, the newest fifty', async () => {
  const world = worldOf();
  const operations = operationsOf(world);
  for (let count = 0; count < 55; count += 1) {
    const { token } = await made(world);
    await operations.call('tokens.revoke', alice, { id: token.id });
    world.clock.advance(hourMs / 10);
  }
  await made(world);
  const all = await operations.call('tokens.list', alice, { all: true });
  expect(all.tokens).toHaveLength(51);
  const page = await operations.call('tokens.list', alice, { all: true, limit: '2' });
  expect(page.tokens).toEqual(all.tokens.slice(0, 2));
  const { nextCursor } = page;
  const next = await operations.call('tokens.list', alice, { all: true, cursor: nextCursor });
  expect(next.tokens).toEqual(all.tokens.slice(2));
});
