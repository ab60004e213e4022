import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expiresSoon } from './token-expiry.ts';

const dayMs = 86_400_000;

test.each([
  ['90 days', 90, 9],
  ['a year', 365, 14],
  ['a day', 1, 0.1],
])('a token of %s is near its end in its last days', (_, lifeDays, warningDays) => {
  const token = { createdAtMs: 0, expiresAtMs: lifeDays * dayMs };
  const warnsAtMs = token.expiresAtMs - warningDays * dayMs;
  expect(expiresSoon(token, warnsAtMs - 1)).toBe(false);
  expect(expiresSoon(token, warnsAtMs + 1)).toBe(true);
  expect(expiresSoon(token, token.expiresAtMs)).toBe(false);
});

test('a token without an end is never near it', () => {
  fc.assert(
    fc.property(fc.integer(), (nowMs) => {
      expect(expiresSoon({ createdAtMs: 0, expiresAtMs: null }, nowMs)).toBe(false);
    }),
  );
});
