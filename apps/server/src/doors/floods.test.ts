import { expect, test } from 'vitest';
import { countedAddress, plainAddress } from './doors.ts';
import { createFloods } from './floods.ts';
import { createOpenStreams } from './open-streams.ts';
import { createWrongTokens } from './wrong-tokens.ts';

function floodsOf(perSecond: number) {
  const world = { nowMs: 0, refused: [] as string[], perSecond };
  const floods = createFloods({
    perSecond: () => world.perSecond,
    nowMs: () => world.nowMs,
    onRefused: (key) => world.refused.push(key),
  });
  const served = (key: string, count: number): number => {
    let fine = 0;
    for (let tried = 0; tried < count; tried += 1) {
      try {
        floods.count(key);
        fine += 1;
      } catch {
        continue;
      }
    }
    return fine;
  };
  return { world, floods, served };
}

test('a burst is served, then as much as the rate; others are not held back', () => {
  const { world, served } = floodsOf(10);
  expect(served('uid 1', 1000)).toBe(50);
  expect(served('uid 2', 20)).toBe(20);
  world.nowMs += 1000;
  expect(served('uid 1', 1000)).toBe(10);
  world.nowMs += 3_600_000;
  expect(served('uid 1', 1000)).toBe(50);
  expect(world.refused).toEqual(['uid 1', 'uid 1']);
});

test('who is refused hears when to come again, and is served then', () => {
  const { world, floods, served } = floodsOf(1);
  served('uid 1', 5);
  const limited = { code: 'rate.limited', details: { retryAfterS: 1 }, retryable: true };
  expect(() => floods.count('uid 1')).toThrow(expect.objectContaining(limited));
  world.nowMs += 1000;
  expect(() => floods.count('uid 1')).not.toThrow();
});

test('a million of keys leaves ten thousand behind, at most', () => {
  const { served, world } = floodsOf(1);
  for (let key = 0; key < 30_000; key += 1) served(`address ${key}`, 1);
  world.perSecond = 0;
  // Those who came last are still known: nothing is left for them where nothing comes.
  expect(served('address 29999', 10)).toBeLessThan(5);
  expect(served('address 1', 10)).toBe(0);
});

function wrongTokensOf() {
  const world = { nowMs: 0, blocked: [] as string[] };
  const tokens = createWrongTokens({
    perMinute: () => 10,
    nowMs: () => world.nowMs,
    onBlocked: (address) => world.blocked.push(address),
  });
  const isBlocked = (address: string, hash: string | null = 'other'): boolean => {
    try {
      tokens.refuseBlocked(address, hash);
      return false;
    } catch {
      return true;
    }
  };
  return { world, tokens, isBlocked };
}

test('ten wrong tokens in a minute block their address for a minute, and no other', () => {
  const { world, tokens, isBlocked } = wrongTokensOf();
  for (let count = 0; count < 9; count += 1) tokens.wrong('192.0.2.1');
  expect(isBlocked('192.0.2.1')).toBe(false);
  tokens.wrong('192.0.2.1');
  expect([isBlocked('192.0.2.1'), isBlocked('192.0.2.2')]).toEqual([true, false]);
  expect(world.blocked).toEqual(['192.0.2.1']);
  world.nowMs += 59_000;
  expect(isBlocked('192.0.2.1')).toBe(true);
  world.nowMs += 1000;
  expect(isBlocked('192.0.2.1')).toBe(false);
});

test('wrong tokens of different minutes don’t add up', () => {
  const { world, tokens, isBlocked } = wrongTokensOf();
  for (let count = 0; count < 60; count += 1) {
    tokens.wrong('192.0.2.1');
    world.nowMs += 7000;
  }
  expect(isBlocked('192.0.2.1')).toBe(false);
});

test('who came with their token before is not shut out by others at their address', () => {
  const { tokens, isBlocked } = wrongTokensOf();
  tokens.right('192.0.2.1', 'hash of mine');
  for (let count = 0; count < 10; count += 1) tokens.wrong('192.0.2.1');
  expect(isBlocked('192.0.2.1', 'hash of mine')).toBe(false);
  expect(isBlocked('192.0.2.1', 'hash of another')).toBe(true);
  expect(isBlocked('192.0.2.1', null)).toBe(true);
});

test('a network of IPv6 is one address: its owner may have 2^64 of them', () => {
  const { tokens, isBlocked } = wrongTokensOf();
  for (let count = 0; count < 10; count += 1) tokens.wrong(`2001:db8:0:1::${count.toString(16)}`);
  expect(isBlocked('2001:db8:0:1:ffff:ffff:ffff:ffff')).toBe(true);
  expect(isBlocked('2001:db8:0:2::1')).toBe(false);
});

test.each([
  ['192.0.2.7', '192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7', '192.0.2.7'],
  ['::1', '::1', '0:0:0:0::/64'],
  ['::', '::', '0:0:0:0::/64'],
  ['2001:DB8::1', '2001:DB8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80::1', 'fe80:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
])('%s is %s, and counted as %s', (given, plain, counted) => {
  expect(plainAddress(given)).toBe(plain);
  expect(countedAddress(plainAddress(given))).toBe(counted);
});

test('so many streams a person, as many as root wants', () => {
  const streams = createOpenStreams(() => 2);
  const leave = streams.enter(1);
  streams.enter(1);
  const refused = expect.objectContaining({ code: 'rate.too-many-streams' });
  expect(() => streams.enter(1)).toThrow(refused);
  streams.enter(2);
  for (let count = 0; count < 10; count += 1) streams.enter(0);
  leave();
  leave();
  streams.enter(1);
  expect(() => streams.enter(1)).toThrow(refused);
});
