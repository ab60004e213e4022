import { ds01Error } from '@ds01/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { pause, pauseBefore, repeat, retryAfterMs, retryPolicy, type Failure } from './retry.ts';

const nowMs = Date.parse('2026-01-01T00:00:00Z');

function limited(header: string | null, details = {}): Failure {
  const error = ds01Error('rate.limited', { message: 'Slower.', details });
  return { error, answer: { status: 429, header: () => header } };
}

test.each([
  ['7', {}, 7000],
  ['0', {}, 0],
  ['Thu, 01 Jan 2026 00:00:30 GMT', {}, 30_000],
  ['Wed, 31 Dec 2025 00:00:00 GMT', {}, 0],
  ['soon', {}, null],
  [null, { retryAfterS: 3 }, 3000],
  [null, { retryAfterS: 'x' }, null],
  [null, {}, null],
] as const)('Retry-After %j with details %j is %j ms', (header, details, ms) => {
  expect(retryAfterMs(limited(header, details), nowMs)).toBe(ms);
});

test('pauses grow, are spread, and never exceed the longest', () => {
  const policy = retryPolicy({ firstPauseMs: 100, longestPauseMs: 1000 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), (attempt) => {
      const ms = pauseBefore(attempt, policy);
      const most = Math.min(1000, 100 * 2 ** (attempt - 1));
      expect(ms).toBeGreaterThanOrEqual(most / 2);
      expect(ms).toBeLessThanOrEqual(most);
    }),
  );
});

test('as long as the daemon asks for is waited, between attempts and not behind the last', async () => {
  const waited: number[] = [];
  const repeating = repeat(async () => limited('2'), {
    policy: retryPolicy({ attempts: 3 }),
    risk: 'harm',
    pause: async (ms) => void waited.push(ms),
    signal: undefined,
  });
  await expect(repeating).rejects.toMatchObject({ code: 'rate.limited' });
  expect(waited).toEqual([2000, 2000]);
});

test('a pause ends with its signal', async () => {
  const controller = new AbortController();
  const waiting = pause(1_000_000, controller.signal);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toThrow('enough');
  await expect(pause(1_000_000, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
});
