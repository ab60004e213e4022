import fc from 'fast-check';
import { expect, test } from 'vitest';
import { packagesOfFlags, wordsOfFlags } from './package-words.ts';

test.each([
  [['torch transformers'], ['torch', 'transformers']],
  [['torch>=2.1; python_version<"3.12"'], ['torch>=2.1; python_version<"3.12"']],
  [["a; python_version < '3.12' b"], ["a; python_version < '3.12'", 'b']],
  [['pandas >= 2.0, < 3 numpy'], ['pandas >= 2.0, < 3', 'numpy']],
  [
    ['uvicorn[standard] x @ https://example.org/x.whl'],
    ['uvicorn[standard]', 'x @ https://example.org/x.whl'],
  ],
  [['git+https://example.org/x.git@v1#egg=x'], ['x @ git+https://example.org/x.git@v1']],
  [['a, b, c'], ['a', 'b', 'c']],
  [['  '], []],
] as const)('%j is %j', (values, packages) => {
  expect(packagesOfFlags(values)).toEqual(packages);
});

test.each(['-r list.txt', '--index-url=https://x', 'a ;; b', '$(id)', 'a`id`', '../x'])(
  '%j is no package',
  (value) => {
    expect(() => packagesOfFlags([value])).toThrow(
      expect.objectContaining({ code: 'requirements.invalid' }) as Error,
    );
  },
);

test('any list of names comes back, however it is split over flags', () => {
  const name = fc.stringMatching(/^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/);
  fc.assert(
    fc.property(fc.array(fc.array(name, { minLength: 1 })), (groups) => {
      const flags = groups.map((group) => group.join(' '));
      expect(packagesOfFlags(flags)).toEqual(groups.flat());
      expect(wordsOfFlags(flags)).toEqual(groups.flat());
    }),
  );
});
