import { expect, test } from 'vitest';
import { readSpan, spanOf } from './span.ts';

const asked = { flag: '--for', example: 'ds01 container keep thesis --for 6h' };

test.each([
  ['90m', 5_400_000],
  ['6h', 21_600_000],
  ['1.5d', 129_600_000],
  ['45 S', 45_000],
])('%s is a span', (text, spanMs) => {
  expect(readSpan(text, asked)).toBe(spanMs);
});

test('a number alone is none, whatever it is, and the units are said', () => {
  for (const text of ['0', '5', ' 30 ', '1.5', '100000']) expect(spanOf(text)).toBeUndefined();
  expect(() => readSpan('5', asked)).toThrow(
    '--for 5 says no unit: 5m are minutes, 5h hours, 5d days.',
  );
});

test.each(['', 'soon', '0h', '-1h', '1y', 'h'])(
  '%j is refused with what would be right',
  (text) => {
    expect(() => readSpan(text, asked)).toThrow('takes a time such as 30m, 6h or 2d, not');
  },
);

test('what is too long is refused with what is not', () => {
  expect(() => readSpan('31d', { ...asked, mostMs: 30 * 86_400_000 })).toThrow('up to 30d');
});
