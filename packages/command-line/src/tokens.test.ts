import type { TokenView } from '@ds01/contracts/service';
import { expect, test } from 'vitest';
import { createScreen } from './screen.ts';
import { readNewToken, tokenNamed, tokensText } from './tokens.ts';

function token(last: string, state: TokenView['state'], name = 'laptop'): TokenView {
  return {
    id: `t${last.padStart(20, '0')}`,
    name,
    user: 'alice',
    scope: 'write',
    hint: 'ds01_Ab3d…',
    createdAt: '2026-01-05T09:00:00.000Z',
    expiresAt: null,
    lastUsedAt: null,
    lastUsedFrom: null,
    state,
  };
}

const list = 'ds01 token list';
const refusal = (code: string) => expect.objectContaining({ code });

test('a name means the token that counts, whatever ended under it', () => {
  const tokens = [token('1', 'expired'), token('2', 'active'), token('3', 'revoked')];
  expect(tokenNamed(tokens, 'laptop', list)).toBe(token('2', 'active').id);
  expect(tokenNamed([token('1', 'expired')], 'laptop', list)).toBe(token('1', 'expired').id);
});

test('a name of several has to be told by its id', () => {
  const ambiguous = refusal('usage.invalid');
  const both = [token('1', 'active'), token('2', 'active')];
  expect(() => tokenNamed(both, 'laptop', list)).toThrow(ambiguous);
  const ended = [token('1', 'expired'), token('2', 'expired')];
  expect(() => tokenNamed(ended, 'laptop', list)).toThrow(ambiguous);
  expect(tokenNamed(both, token('2', 'active').id, list)).toBe(token('2', 'active').id);
  const seen = expect.objectContaining({ hint: `${list} --all` });
  expect(() => tokenNamed(ended, 'laptop', list)).toThrow(seen);
});

test('a name of none is not found', () => {
  expect(() => tokenNamed([token('1', 'active')], 'phone', list)).toThrow(
    refusal('token.not-found'),
  );
});

test.each(['5', ' 30 ', '1.5'])(
  'the life %j has no unit: what it might mean is shown',
  (expires) => {
    const read = () => readNewToken({ expires }, 'ds01 token create laptop');
    const message = expect.stringContaining(`${expires.trim()}d days`);
    expect(read).toThrow(expect.objectContaining({ code: 'usage.invalid', message }));
  },
);

test.each(['', 'soon', '-1d', '0s', '5 y'])('the life %j is refused with an example', (expires) => {
  const read = () => readNewToken({ expires }, 'ds01 token create laptop');
  const hint = 'ds01 token create laptop --expires 30d';
  expect(read).toThrow(expect.objectContaining({ code: 'usage.invalid', hint }));
});

test('a life with its unit is read', () => {
  const lives = ['12h', '5d', '2w'].map((expires) => readNewToken({ expires }, '').expiresInMs);
  expect(lives).toEqual([12 * 3_600_000, 5 * 86_400_000, 14 * 86_400_000]);
  expect(readNewToken({}, '').expiresInMs).toBeNull();
});

test('a list marks the token that ends soon', () => {
  const screen = createScreen({ stream: { isTTY: false }, env: {}, colors: false });
  const ends = (expiresAt: string, id: string) => ({ ...token(id, 'active', id), expiresAt });
  const tokens = [ends('2026-04-05T09:00:00.000Z', '1'), ends('2027-01-05T09:00:00.000Z', '2')];
  const nowMs = Date.parse('2026-04-01T09:00:00.000Z');
  const lines = tokensText(tokens, screen, { users: false, nowMs }).split('\n');
  expect(lines.map((line) => line.includes(', soon'))).toEqual([false, true, false]);
});
