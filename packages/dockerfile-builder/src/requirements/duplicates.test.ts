import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findDuplicates } from './duplicates.ts';
import { normaliseName } from './names.ts';

describe('packages that are named twice (12, 13)', () => {
  test('are found by their normal name, whatever their conditions', () => {
    expect(findDuplicates({ wanted: ['Scikit_Learn', 'pandas~=2.0', 'scikit.learn>=1'] })).toEqual([
      {
        name: 'scikit-learn',
        specs: ['Scikit_Learn', 'scikit.learn>=1'],
        where: 'wanted',
        group: null,
        redundant: true,
      },
    ]);
  });

  test('contradict each other when both have conditions', () => {
    expect(findDuplicates({ wanted: ['a>=1,<2', 'a==3'] })).toMatchObject([{ redundant: false }]);
    expect(findDuplicates({ wanted: ['a>=1,<2', 'a<2,>=1'] })).toMatchObject([{ redundant: true }]);
  });

  test('are alternatives when each has a marker of its own', () => {
    const wanted = ['a==1; python_version<"3.10"', 'a==2; python_version>="3.10"'];
    expect(findDuplicates({ wanted })).toEqual([]);
  });

  test('are found in groups and in the base', () => {
    const found = findDuplicates({
      wanted: ['pandas>=2.0', 'numpy', 'requests'],
      groups: { 'data-science': ['pandas', 'scipy'], jupyter: ['jupyterlab'] },
      base: ['torch', 'numpy'],
    });
    expect(found).toEqual([
      {
        name: 'pandas',
        specs: ['pandas>=2.0'],
        where: 'group',
        group: 'data-science',
        redundant: true,
      },
      { name: 'numpy', specs: ['numpy'], where: 'base', group: null, redundant: true },
    ]);
  });

  test('of the base with conditions are a person’s decision', () => {
    expect(findDuplicates({ wanted: ['torch==2.1'], base: ['torch'] })).toMatchObject([
      { where: 'base', redundant: false },
    ]);
  });
});

test('a normal name is lower case, with one dash for any run of - _ .', () => {
  expect(normaliseName('Friendly--Bard_.x')).toBe('friendly-bard-x');
});

test('normalising twice changes nothing', () => {
  fc.assert(
    fc.property(fc.string(), (name) => {
      expect(normaliseName(normaliseName(name))).toBe(normaliseName(name));
    }),
    { numRuns: 200, seed: 4 },
  );
});
