import { Socket } from 'node:net';
import { slugOf, usernameSchema, type RouteId } from '@ds01/contracts';
import type { TokenScope } from '@ds01/contracts/service';
import { hashOfSecret } from '@ds01/control-plane';
import type { HostAccount, TokenRecord } from '@ds01/ports';
import { expect, test } from 'vitest';
import { createPeople } from '../people.ts';
import { createNetworkConnections } from './doors.ts';
import { createFloods } from './floods.ts';
import { createIdentify } from './identify.ts';
import { createOpenStreams } from './open-streams.ts';
import { createOpenTokens } from './open-tokens.ts';
import { createWrongTokens } from './wrong-tokens.ts';

function account(name: string, uid: number): HostAccount {
  const user = usernameSchema.parse(name);
  return { name: user, slug: slugOf(user), uid, gid: uid, groupIds: [uid], home: `/home/${name}` };
}

const quiet = { debug: () => undefined, warn: () => undefined, error: () => undefined };
const secretOf = (letter: string): string => `ds01_${letter.repeat(43)}`;

/** A socket that says where it comes from. */
function socketFrom(address: string | undefined): Socket {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: address });
  return socket;
}

function tokenOf({ name: user, uid }: HostAccount, scope: TokenScope, letter: string): TokenRecord {
  return {
    id: `t${letter}`,
    name: letter,
    user,
    uid,
    scope,
    hash: hashOfSecret(secretOf(letter)) ?? '',
    hint: '',
    createdAtMs: 0,
    expiresAtMs: null,
    revokedAtMs: null,
    lastUsedAtMs: null,
    lastUsedFrom: null,
  };
}

/** Doors of a host with Alice (1), and Carol (3), who is an administrator. */
function doors() {
  const world = {
    nowMs: 0,
    lookups: 0,
    accounts: [account('alice', 1), account('carol', 3)],
    tokens: new Map<string, TokenRecord>(),
    ended: new Set<string>(),
  };
  const nowMs = (): number => world.nowMs;
  const network = createNetworkConnections();
  const access = { admin_users: ['carol'] };
  const text = JSON.stringify({
    default_group: 'student',
    groups: { student: {} },
    access_control: access,
  });
  const people = createPeople({
    accounts: {
      byUid: async (uid) => world.accounts.find((found) => found.uid === uid) ?? null,
      byName: async (name) => world.accounts.find((found) => found.name === name) ?? null,
      groupIds: async () => new Map(),
      groupMembers: async () => [],
      people: async () => [],
    },
    policyFiles: {
      read: () => [{ path: 'resource-limits.yaml', text, error: null }],
      readNamed: () => null,
      readLastGood: () => null,
      saveLastGood: () => undefined,
      write: () => undefined,
    },
    logger: quiet,
    clock: { nowMs },
  });
  const openTokens = createOpenTokens((token) => !world.ended.has(token.id));
  const identify = createIdentify({
    peers: { greet: () => undefined, uidOf: () => 1 },
    people,
    network,
    authenticate: (secret) => {
      world.lookups += 1;
      return world.tokens.get(secret) ?? null;
    },
    floods: createFloods({ perSecond: () => 10, nowMs, onRefused: () => undefined }),
    wrongTokens: createWrongTokens({ perMinute: () => 10, nowMs, onBlocked: () => undefined }),
    streams: createOpenStreams(() => 2),
    openTokens,
  });
  const give = (user: string, scope: TokenScope, letter: string): string => {
    const owner = world.accounts.find(({ name }) => name === user) ?? account(user, 99);
    const secret = secretOf(letter);
    world.tokens.set(secret, tokenOf(owner, scope, letter));
    return secret;
  };
  const ask = async (
    authorization: string | readonly string[],
    options: {
      readonly id?: RouteId | null;
      readonly actFor?: string;
      readonly secure?: boolean;
      readonly address?: string;
      readonly socket?: Socket;
    } = {},
  ) => {
    const socket = options.socket ?? socketFrom(options.address ?? '192.0.2.1');
    network.greet(socket, options.secure ?? true);
    const headers = options.actFor === undefined ? {} : { 'ds01-user': options.actFor };
    const given = [authorization].flat().filter((value) => value !== '');
    const headersDistinct = given.length === 0 ? {} : { authorization: given };
    const message = { headers: { ...headers, 'x-forwarded-for': '127.0.0.1' }, headersDistinct };
    const id = options.id === undefined ? 'users.me' : options.id;
    return identify({ id, message, socket });
  };
  return { world, ask, give, identify, openTokens };
}

const refusal = (code: string) => expect.objectContaining({ code });
const bearer = (secret: string): string => `Bearer ${secret}`;

test('over the network one is whose token it is, without being an administrator', async () => {
  const { ask, give } = doors();
  const known = await ask(bearer(give('carol', 'write', 'c')));
  expect(known).toMatchObject({ uid: 3, token: 'tc', address: '192.0.2.1' });
  expect(known.person).toMatchObject({
    owner: { name: 'carol' },
    role: 'user',
    token: { scope: 'write', secure: true },
  });
});

test('an administrator is one with a token of that scope, and over TLS alone', async () => {
  const { ask, give } = doors();
  const secret = give('carol', 'admin', 'c');
  expect((await ask(bearer(secret))).person?.role).toBe('admin');
  const open = await ask(bearer(secret), { secure: false });
  expect(open.person).toMatchObject({ role: 'user', token: { scope: 'admin', secure: false } });
  const notAnyMore = give('alice', 'admin', 'a');
  expect((await ask(bearer(notAnyMore))).person?.role).toBe('user');
});

test('only such a token acts for others, and it stays a token', async () => {
  const { ask, give } = doors();
  const admin = give('carol', 'admin', 'c');
  const acting = await ask(bearer(admin), { actFor: 'alice' });
  expect(acting).toMatchObject({ uid: 3, person: { owner: { name: 'alice' }, role: 'admin' } });
  expect(acting.person?.token).toMatchObject({ id: 'tc', scope: 'admin' });
  const denied = refusal('access.denied');
  await expect(ask(bearer(admin), { actFor: 'alice', secure: false })).rejects.toEqual(denied);
  for (const [scope, letter] of [
    ['read', 'r'],
    ['write', 'w'],
    ['metrics', 'm'],
  ] as const) {
    const secret = give('carol', scope, letter);
    await expect(ask(bearer(secret), { actFor: 'alice' })).rejects.toEqual(denied);
    expect((await ask(bearer(secret), { actFor: 'carol' })).person?.role).toBe('user');
  }
});

test.each([
  ['nothing', ''],
  ['two headers', [bearer(secretOf('a')), bearer(secretOf('a'))]],
  ['another scheme', `Basic ${btoa('alice:alice')}`],
  ['no secret', 'Bearer '],
  ['a secret without a scheme', secretOf('a')],
  ['more behind it', `${bearer(secretOf('a'))} x`],
  ['an unknown one', bearer(secretOf('z'))],
  ['one of an account that is gone', bearer(secretOf('g'))],
])('%s is refused in the same way', async (_, authorization) => {
  const { ask, give } = doors();
  give('alice', 'write', 'a');
  give('gone', 'write', 'g');
  await expect(ask(authorization)).rejects.toEqual(refusal('token.invalid'));
});

test('an account that was made again with another uid has no token', async () => {
  const { world, ask, give } = doors();
  const secret = give('alice', 'write', 'a');
  await ask(bearer(secret));
  world.accounts = [account('alice', 7)];
  world.nowMs += 5000;
  await expect(ask(bearer(secret))).rejects.toEqual(refusal('token.invalid'));
});

test('wrong tokens block their address before the ledger is asked', async () => {
  const { world, ask, give } = doors();
  const secret = give('alice', 'write', 'a');
  for (let count = 0; count < 10; count += 1) {
    await expect(ask(bearer(secretOf('z')))).rejects.toEqual(refusal('token.invalid'));
  }
  const { lookups } = world;
  for (const tried of [secretOf('z'), secretOf('y'), secret]) {
    await expect(ask(bearer(tried))).rejects.toEqual(refusal('rate.limited'));
  }
  expect(world.lookups).toBe(lookups);
  expect((await ask(bearer(secret), { address: '192.0.2.2' })).uid).toBe(1);
  world.nowMs += 60_000;
  expect((await ask(bearer(secret))).uid).toBe(1);
});

test.each([
  ['what is public', 'version' as const],
  ['what is no operation', null],
])('%s needs no token, and a flood of it is a flood all the same', async (_, id) => {
  const { world, ask } = doors();
  const known = await ask(bearer(secretOf('z')), { id });
  expect(known).toMatchObject({ person: null, uid: null });
  expect(world.lookups).toBe(0);
  const tries = Array.from({ length: 100 }, () => ask('', { id }));
  const refused = (await Promise.allSettled(tries)).filter(({ status }) => status === 'rejected');
  expect(refused).toHaveLength(51);
});

test('an empty name to act for is nobody’s, not the caller’s', async () => {
  const { ask, give } = doors();
  const admin = bearer(give('carol', 'admin', 'c'));
  await expect(ask(admin, { actFor: '' })).rejects.toEqual(refusal('user.unknown'));
});

test('a connection that is of neither door gets nothing by calling itself one', async () => {
  const { identify } = doors();
  const socket = socketFrom('127.0.0.1');
  const headersDistinct = { authorization: [bearer(secretOf('a'))] };
  const message = { headers: { 'ds01-user': 'carol' }, headersDistinct };
  // The kernel is asked for the peer, and says that it is Alice.
  const denied = refusal('access.denied');
  await expect(identify({ id: 'users.me', message, socket })).rejects.toEqual(denied);
});

test('streams of a person are counted at both doors, until they end', async () => {
  const { ask, give } = doors();
  const secret = bearer(give('alice', 'read', 'a'));
  const follow = () => ask(secret, { id: 'events.follow' });
  const [first] = [await follow(), await follow()];
  await expect(follow()).rejects.toEqual(refusal('rate.too-many-streams'));
  await ask(secret, { id: 'containers.list' });
  first.leave();
  await follow();
});

test('what a token began ends with it', async () => {
  const { world, ask, give, openTokens } = doors();
  const ended = socketFrom('192.0.2.1');
  const other = socketFrom('192.0.2.2');
  const over = socketFrom('192.0.2.3');
  await ask(bearer(give('alice', 'read', 'a')), { id: 'events.follow', socket: ended });
  await ask(bearer(give('carol', 'read', 'c')), { id: 'events.follow', socket: other });
  const done = await ask(bearer(secretOf('a')), { socket: over });
  done.leave();
  world.ended.add('ta');
  await openTokens.check();
  expect([ended, other, over].map(({ destroyed }) => destroyed)).toEqual([true, false, false]);
});

test('tokens in use are looked at one look at a time, each of them once', async () => {
  const looked: string[] = [];
  const gate = Promise.withResolvers<boolean>();
  const tokens = createOpenTokens(async ({ id }) => {
    looked.push(id);
    return gate.promise;
  });
  const ended: string[] = [];
  for (const letter of ['a', 'a', 'b']) {
    const token = tokenOf(account('alice', 1), 'read', letter);
    tokens.enter(token, null, () => ended.push(token.id));
  }
  const looks = [tokens.check(), tokens.check()];
  expect(looked).toEqual(['ta']);
  gate.resolve(false);
  await Promise.all(looks);
  expect(looked).toEqual(['ta', 'tb']);
  expect(ended).toEqual(['ta', 'ta', 'tb']);
});
