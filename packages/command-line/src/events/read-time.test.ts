import { describe, expect, test } from 'vitest';
import { readTime } from './read-time.ts';

/** Noon of a day, where this machine is. */
const nowMs = new Date(2026, 10, 22, 12).getTime();
const hourMs = 3_600_000;
const local = (...parts: [number, number, number, number?, number?]) =>
  new Date(...parts).getTime();
const since = (given: string) => readTime(given, { flag: '--since', nowMs, hint: 'ds01 events' });
const until = (given: string) => readTime(given, { flag: '--until', nowMs, hint: 'ds01 events' });

describe('a time of the past', () => {
  test('is so long ago', () => {
    expect([since('2h'), since('90m'), since('7d'), since('now')]).toEqual([
      nowMs - 2 * hourMs,
      nowMs - 1.5 * hourMs,
      nowMs - 168 * hourMs,
      nowMs,
    ]);
  });

  test('today began at midnight of this machine, and ends at the next', () => {
    expect(since('today')).toBe(local(2026, 10, 22));
    expect(until('today')).toBe(local(2026, 10, 23));
    expect(since('yesterday')).toBe(local(2026, 10, 21));
    expect(until('yesterday')).toBe(local(2026, 10, 22));
  });

  test('is a day, whole as an end, or a time of a day', () => {
    expect(since('2026-11-20')).toBe(local(2026, 10, 20));
    expect(until('2026-11-20')).toBe(local(2026, 10, 21));
    expect(since('2026-11-20 14:30')).toBe(local(2026, 10, 20, 14, 30));
    expect(since('2026-11-20T14:30')).toBe(local(2026, 10, 20, 14, 30));
    expect(since('2026-11-20T14:30:00Z')).toBe(Date.UTC(2026, 10, 20, 14, 30));
    expect(since('9:05')).toBe(local(2026, 10, 22, 9, 5));
  });

  test.each(['', 'soon', '10', '-2h', '25:00', '2026-13-01', '2026-02-31x', '2h ago', 'Today()'])(
    '%j is none',
    (given) => {
      expect(() => since(given)).toThrow(expect.objectContaining({ code: 'usage.invalid' }));
    },
  );
});
