import { expect, test } from 'vitest';
import { agoText } from './ago.ts';

const nowMs = Date.UTC(2026, 10, 22, 12);

test.each([
  ['2026-11-22T11:59:30.000Z', 'just now'],
  ['2026-11-22T12:00:30.000Z', 'just now'],
  ['2026-11-22T11:59:00.000Z', '1 minute ago'],
  ['2026-11-22T09:01:00.000Z', '2 hours ago'],
  ['2026-11-19T12:00:00.000Z', '3 days ago'],
  ['2026-11-08T11:00:00.000Z', '2 weeks ago'],
  ['2026-09-01T12:00:00.000Z', '2 months ago'],
  ['2025-10-22T12:00:00.000Z', '1 year ago'],
])('%s was %s', (instant, text) => {
  expect(agoText(instant, nowMs)).toBe(text);
});
