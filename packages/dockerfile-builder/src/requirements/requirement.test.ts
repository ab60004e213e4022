import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMarker } from './marker.ts';
import { formatRequirement, parseRequirement, type Requirement } from './requirement.ts';

const numRuns = process.env['DS01_TEST_LONG'] === '1' ? 20_000 : 300;

function requirement(spec: string): Requirement {
  const result = parseRequirement(spec);
  if (!result.ok) throw new Error(`${spec}: ${result.problem.message}`);
  return result.requirement;
}

function refused(spec: string): readonly [number, string] {
  const result = parseRequirement(spec);
  if (result.ok) throw new Error(`${spec} was taken`);
  return [result.problem.offset, result.problem.message];
}

describe('a requirement', () => {
  test('has a name, extras, conditions and a marker', () => {
    expect(requirement(' torch[cuda , dev] >= 2.1 , <3 ; python_version<"3.12" ')).toEqual({
      name: 'torch',
      extras: ['cuda', 'dev'],
      specifier: '>=2.1,<3',
      marker: 'python_version<"3.12"',
      url: null,
    });
  });

  test('can have an address, and its marker after a space', () => {
    const spec = 'x@git+https://host.example.org/r@v1#egg=x ; os_name == "posix"';
    expect(requirement(spec)).toMatchObject({
      url: 'git+https://host.example.org/r@v1#egg=x',
      marker: 'os_name == "posix"',
    });
    expect(requirement('x @ https://host.example.org/a;b').url).toBe(
      'https://host.example.org/a;b',
    );
  });

  test.each([
    ['1password'],
    ['ruamel.yaml==0.18.*'],
    ['a===any.thing'],
    ['a (>=1,!=1.5)'],
    ['a>=1!2.0rc1.post2.dev3'],
    ['a==1.0+cu118'],
    ['a[]'],
    ['a>=1,'],
    ['a; python_version in "3.8, 3.9" and (os.name == \'nt\' or extra not  in "x")'],
  ])('%s is one', (spec) => {
    expect(parseRequirement(spec)).toMatchObject({ ok: true });
  });

  test.each<[string, number, string]>([
    ['', 0, 'a package name was expected here'],
    ['-x', 0, 'a package name was expected here'],
    ['é', 0, 'a package name was expected here'],
    ['a b', 2, 'a version condition such as >=2.0 was expected here'],
    ['a=1.0', 1, 'a version condition such as >=2.0 was expected here'],
    ['a>=', 3, 'a version is missing after >='],
    ['a>=1.0 <2', 7, 'the requirement should end here, or go on with ;'],
    ['a>=1.0.*', 1, '>=1.0.* is no version condition of PEP 440'],
    ['a~=1', 1, '~=1 is no version condition of PEP 440'],
    ['a==1.0a1.*', 1, '==1.0a1.* is no version condition of PEP 440'],
    ['a[b', 3, 'extras end with ], and have a comma between them'],
    ['a[,b]', 2, 'the name of an extra is missing here'],
    ['a @ ', 4, 'an address is missing after @'],
    ['a (>=1', 6, 'a closing bracket is missing here'],
    ['a; python_version', 17, 'a comparison is missing here'],
    ['a; python < "3"', 3, 'python is no marker variable'],
    ['a; os_name == "x', 14, 'this text has no closing quote'],
    ['a; os_name == "x" b', 18, 'the marker should end here, or go on with "and" or "or"'],
    ['a; (os_name == "x"', 18, 'a closing bracket is missing here'],
  ])('%s is refused at %i', (spec, offset, message) => {
    expect(refused(spec)).toEqual([offset, message]);
  });

  test('a hint says what was probably meant', () => {
    expect(parseRequirement('a=1')).toMatchObject({
      problem: { hint: 'a version is compared with ==, not with =' },
    });
    expect(parseRequirement('a~=1')).toMatchObject({
      problem: { hint: '~= needs two parts, such as ~=2.1' },
    });
  });

  test('brackets inside brackets end somewhere', () => {
    const deep = `a; ${'('.repeat(5000)}os_name == "x"${')'.repeat(5000)}`;
    expect(parseRequirement(deep)).toMatchObject({ ok: false });
  });
});

test('in a marker, and binds closer than or', () => {
  expect(parseMarker('os_name == "a" or os_name == "b" and extra == "c"')).toMatchObject({
    ok: true,
    marker: { kind: 'or', operands: [{ kind: 'compare' }, { kind: 'and' }] },
  });
});

const word = fc.stringMatching(/^[A-Za-z0-9]([A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/);
const clause = fc
  .tuple(
    fc.constantFrom('==', '>=', '<=', '!=', '<', '>', '==='),
    fc.stringMatching(/^\d{1,3}(\.\d{1,3}){0,3}((a|b|rc)\d)?(\.post\d)?(\.dev\d)?$/),
  )
  .map(([operator, version]) => operator + version);
const marker = fc
  .tuple(
    fc.constantFrom('python_version', 'sys_platform', 'extra'),
    fc.constantFrom('<', '==', 'in', 'not in'),
    fc.string({ maxLength: 10 }).map((text) => text.replaceAll('"', '')),
  )
  .map(([variable, operator, text]) => `${variable} ${operator} "${text}"`);
const anyRequirement: fc.Arbitrary<Requirement> = fc.record({
  name: word,
  extras: fc.array(word, { maxLength: 3 }),
  specifier: fc.array(clause, { maxLength: 3 }).map((clauses) => clauses.join(',')),
  marker: fc.option(marker),
  url: fc.constant(null),
});
const address = fc.constantFrom(
  'https://host.example.org/a;b?c=[d]#e',
  'git+https://host.example.org/r@v1#egg=x&subdirectory=y',
  'file:///tmp/x.whl',
);
const anyWithAddress = fc
  .tuple(anyRequirement, fc.option(address))
  .map(([plain, url]): Requirement => (url === null ? plain : { ...plain, specifier: '', url }));

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(anyWithAddress, (wanted) => {
      expect(requirement(formatRequirement(wanted))).toEqual(wanted);
    }),
    { numRuns, seed: 1 },
  );
});

test('any text is read or refused with a place inside it', () => {
  const characters = 'ab1 .-_[](),;<>=!~@#"\'\\\t*+:/é'.split('');
  const unit = fc.constantFrom(...characters, 'and', ' or ', 'extra', 'not in');
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
      const result = parseRequirement(text);
      const offset = result.ok ? 0 : result.problem.offset;
      expect(offset).toBeGreaterThanOrEqual(0);
      expect(offset).toBeLessThanOrEqual(text.length);
    }),
    { numRuns, seed: 2 },
  );
});
