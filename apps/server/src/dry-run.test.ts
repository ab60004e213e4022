import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dryRunOf, refuseDryRun } from './dry-run.ts';

test('true and false are understood, and nothing is false', () => {
  expect(dryRunOf(['true'])).toBe(true);
  expect(dryRunOf(['false'])).toBe(false);
  expect(dryRunOf([])).toBe(false);
});

test('everything else is refused: who wanted to try must not change something', () => {
  const values = fc.array(fc.oneof(fc.string(), fc.constantFrom('true', 'false', '1', 'TRUE')), {
    minLength: 1,
  });
  fc.assert(
    fc.property(values, (given) => {
      fc.pre(given.length > 1 || (given[0] !== 'true' && given[0] !== 'false'));
      expect(() => dryRunOf(given)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
    }),
  );
});

test('a session can not be tried', () => {
  expect(() => refuseDryRun(true)).toThrow(expect.objectContaining({ code: 'request.invalid' }));
  refuseDryRun(false);
});
