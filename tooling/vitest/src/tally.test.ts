import { expect, test } from 'vitest';
import { renderCount, tally } from './tally.ts';

const passed = { state: 'passed', file: 'a.test.ts' } as const;
const failed = { state: 'failed', file: 'a.test.ts' } as const;
const skipped = { state: 'skipped', file: 'b.test.ts' } as const;

test('the count stands alone on the last line', () => {
  expect(renderCount(tally([passed, passed, failed], 0))).toEqual(['2 passed, 1 failed']);
});

test('an error outside of any test is a failure', () => {
  expect(renderCount(tally([passed], 2)).at(-1)).toBe('1 passed, 2 failed');
});

test('a test without a result is a failure', () => {
  expect(tally([{ state: 'pending', file: 'a.test.ts' }], 0).failed).toBe(1);
});

test('skips are grouped by their reason and precede the count', () => {
  const tests = [{ ...skipped, note: 'no engine' }, passed, { ...skipped, note: 'no\nengine' }];
  const lines = renderCount(tally([...tests, skipped, { ...skipped, note: 'no engine' }], 0));
  expect(lines).toEqual([
    '2 skipped: no engine',
    '1 skipped: no engine',
    '1 skipped: no reason given (b.test.ts)',
    '1 passed, 0 failed',
  ]);
});
