import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  amountOf,
  compareAmounts,
  fits,
  formatAmount,
  minus,
  nothing,
  plus,
  sumOf,
  unlimited,
} from './amount.ts';

const seed = 20_260_117;
const sevenths = fc.integer({ min: 0, max: 700 });

test('sevenths added one by one fit exactly the limit that they make', () => {
  fc.assert(
    fc.property(sevenths, (count) => {
      const sum = sumOf(Array.from({ length: count }, () => 1 / 7));
      const limit = amountOf(count / 7);
      expect(fits(sum, limit)).toBe(true);
      expect(compareAmounts(sum, limit)).toBe(0);
      expect(fits(plus(sum, { value: 1 / 7 }), limit)).toBe(false);
    }),
    { seed },
  );
});

test('what is left and what is used make the whole, and nothing is below nothing', () => {
  fc.assert(
    fc.property(sevenths, sevenths, (whole, part) => {
      const left = minus(amountOf(whole / 7), amountOf(part / 7));
      expect(left.value).toBeCloseTo(Math.max(0, whole - part) / 7);
    }),
    { seed },
  );
});

test('no limit admits any amount but no limit', () => {
  expect(fits({ value: 1e9 }, amountOf(null))).toBe(true);
  expect(fits(unlimited, unlimited)).toBe(false);
  expect(minus(unlimited, { value: 3 })).toEqual(unlimited);
});

test('what is not an amount is none as a limit and too much as a weight', () => {
  expect(amountOf(Number.NaN)).toEqual(nothing);
  expect(amountOf(-1)).toEqual(nothing);
  expect(fits(sumOf([Number.NaN]), amountOf(5))).toBe(false);
});

test.each([
  [16 / 7, '2.286'],
  [2, '2'],
  [0.1 + 0.2, '0.3'],
  [Infinity, 'unlimited'],
])('%f is written %s', (value, text) => {
  expect(formatAmount({ value })).toBe(text);
});
