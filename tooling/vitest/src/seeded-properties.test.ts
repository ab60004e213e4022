import fc from 'fast-check';
import { expect, test } from 'vitest';

test('properties are tried with a seed that is the same in every run', () => {
  expect(fc.readConfigureGlobal().seed).toBeTypeOf('number');
});
