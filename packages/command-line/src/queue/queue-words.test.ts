import { expect, test } from 'vitest';
import { localTime } from '../local-time.ts';
import { turnText } from './queue-words.ts';

const nowMs = new Date(2026, 10, 22, 23, 5).getTime();
const minuteMs = 60_000;
const after = (minutes: number): string => new Date(nowMs + minutes * minuteMs).toISOString();

test.each([
  [null, 'no estimate yet'],
  [after(-5), 'any moment now'],
  [after(0.5), 'any moment now'],
  [after(34.2), 'within about 35m (by 23:39)'],
  [after(60), 'within about 1h (by Mon 00:05)'],
  [after(60 * 5 + 1), 'within about 5h 15m (by Mon 04:06)'],
  [after(60 * 24 + 1), 'within about 1d 1h (by Mon 23:06)'],
  [after(60 * 24 * 7), 'within about 7d (by 2026-11-29 23:05)'],
])('a turn estimated at %s is %s', (instant, text) => {
  expect(turnText(instant, nowMs)).toBe(text);
  expect(localTime(after(0))).toContain('23:05');
});
