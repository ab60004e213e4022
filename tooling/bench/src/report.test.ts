import { expect, test } from 'vitest';
import { judge } from './report.ts';
import { measurePairs, median, undisturbed } from './statistics.ts';

const met = { name: 'met', ratio: 1, budget: 1, raw: '' };
const missed = { name: 'missed-one', ratio: 2.345, budget: 2, raw: '' };

test('each budget is one aligned line of name, ratio, budget and verdict', () => {
  expect(judge([met, missed], [], {}).lines).toEqual([
    'met             1.00      1.00  ok',
    'missed-one      2.35      2.00  over',
  ]);
});

test('a missed budget fails unless its reason is listed, and then the reason is said', () => {
  expect(judge([met], ['met'], {}).exitCode).toBe(0);
  expect(judge([met, missed], [], {})).toMatchObject({ exitCode: 1 });
  const accepted = judge([met, missed], [], { 'missed-one': 'too slow a disk' });
  expect(accepted.exitCode).toBe(0);
  expect(accepted.remarks).toEqual(['accepted missed-one: too slow a disk']);
});

test('a ratio that is not a number, an unneeded reason and a missing budget fail', () => {
  expect(judge([{ ...met, ratio: Number.NaN }], [], {}).exitCode).toBe(1);
  expect(judge([met], [], { met: 'no longer true' }).exitCode).toBe(1);
  expect(judge([met], ['met', 'other'], {}).exitCode).toBe(1);
});

test('the median of an even number of values is the lower one of the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2);
  expect(median([])).toBeNaN();
});

test('what happens beside a measurement does not count', () => {
  expect(undisturbed([10, 900, 11, 800, 10.5, 700])).toBe(10.5);
});

test('pairs are measured in turn, the warm-up not counted', async () => {
  const order: string[] = [];
  const measure = (name: string, value: number) => () => {
    order.push(name);
    return value;
  };
  const pairs = await measurePairs({
    turns: 2,
    warmUp: 1,
    left: measure('left', 1),
    right: measure('right', 2),
  });
  expect(pairs).toEqual({ left: [1, 1], right: [2, 2] });
  expect(order).toEqual(['right', 'left', 'left', 'right', 'right', 'left']);
});
