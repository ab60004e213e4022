import { describe, expect, test } from 'vitest';
import { readMoment } from './read-moment.ts';

const now = new Date(2026, 10, 22, 15, 30).getTime();
const at = (year: number, month: number, day: number) => new Date(year, month, day).getTime();
const read = (given: string) => readMoment(given, { flag: '--until', nowMs: now });

describe('a moment', () => {
  test('is given from now on, or by the clock', () => {
    expect(read('+2h')).toBe(now + 2 * 3_600_000);
    expect(read('+90m')).toBe(now + 90 * 60_000);
    expect(read('18:00')).toBe(new Date(2026, 10, 22, 18, 0).getTime());
    expect(read('9:15')).toBe(new Date(2026, 10, 23, 9, 15).getTime());
  });

  test('is the end of a day, or a time of it', () => {
    expect(read('2026-12-01')).toBe(at(2026, 11, 2));
    expect(read('2026-12-01 18:00')).toBe(new Date(2026, 11, 1, 18, 0).getTime());
    expect(read('2026-12-01T18:00:00Z')).toBe(Date.UTC(2026, 11, 1, 18));
  });

  test('is the beginning of a day for what begins, and now for today', () => {
    const begin = (given: string) =>
      readMoment(given, { flag: '--from', nowMs: now, ofDay: 'begin' });
    expect(begin('2026-12-01')).toBe(at(2026, 11, 1));
    expect(begin('2026-11-22')).toBe(now);
    expect(begin('2026-12-01T18:00:00Z')).toBe(Date.UTC(2026, 11, 1, 18));
    expect(() => begin('2026-11-21')).toThrow(/past/);
  });

  test.each(['tomorrow', '2026-13-01', '2026-11-22T15:00', '2h', '', '25:00', '+', '+2'])(
    'is not %j',
    (given) => {
      expect(() => read(given)).toThrow(/moment|past/);
    },
  );

  test('that is past or none says what to type', () => {
    for (const given of ['yesterday', '2026-11-21']) {
      expect(() => read(given)).toThrow(
        expect.objectContaining({ hint: 'give --until +2h for two hours from now' }),
      );
    }
  });
});
