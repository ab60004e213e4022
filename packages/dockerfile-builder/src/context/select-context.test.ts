import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDockerignore } from './dockerignore.ts';
import { type ContextFile, selectContext } from './select-context.ts';

const file = (path: string, bytes = 1): ContextFile => ({ path, bytes, kind: 'file' });
const folder = (path: string): ContextFile => ({ path, bytes: 0, kind: 'directory' });
const link = (path: string, target: string): ContextFile => ({
  path,
  bytes: 0,
  kind: 'symlink',
  target,
});

function ignored(dockerignore: string, ...paths: string[]): readonly string[] {
  const { ignores } = readDockerignore(dockerignore);
  return paths.filter((path) => ignores(path));
}

function sent(paths: readonly string[], sources: readonly string[] | null): readonly string[] {
  const files = paths.map((path) => file(path));
  return selectContext({ files, dockerignore: null, sources }).files.map(({ path }) => path);
}

describe('.dockerignore', () => {
  test.each<[string, readonly string[], readonly string[]]>([
    ['data', ['data', 'data/a/b', 'other/data', 'database'], ['data', 'data/a/b']],
    ['/data/', ['data/a', 'x/data/a'], ['data/a']],
    ['./data/../logs', ['logs/a', 'data/a'], ['logs/a']],
    ['*.csv', ['a.csv', 'x/a.csv'], ['a.csv']],
    ['**/*.csv', ['a.csv', 'x/y/a.csv', 'a.csvx'], ['a.csv', 'x/y/a.csv']],
    ['*/temp*', ['a/temporary.txt', 'temp', 'a/b/temp'], ['a/temporary.txt']],
    ['temp?', ['tempa', 'temp', 'tempab'], ['tempa']],
    ['a/**', ['a', 'a/b', 'a/b/c'], ['a/b', 'a/b/c']],
    ['a/**/c', ['a/c', 'a/b/c', 'a/b/b/c/d', 'a/d'], ['a/c', 'a/b/c', 'a/b/b/c/d']],
    ['**', ['a', 'b/c'], ['a', 'b/c']],
    ['**b', ['b', 'a+b', 'x/ab/c', 'ba'], ['b', 'a+b', 'x/ab/c']],
    ['**b*', ['bc', 'x/bc', 'xbc'], ['bc', 'x/bc']],
    [
      '*.md\n!README*.md\nREADME-secret.md',
      ['a.md', 'README.md', 'README-secret.md'],
      ['a.md', 'README-secret.md'],
    ],
    ['data\n!data/small.csv', ['data/small.csv', 'data/big.csv'], ['data/big.csv']],
    ['*\n!src', ['src/a.py', 'a.py', 'src'], ['a.py']],
    ['# no\n #yes\n', ['# no', '#yes', 'no'], ['#yes']],
    ['  a b  \n\n\t\n', ['a b', 'a'], ['a b']],
    ['[a-c]x\n[^z]y', ['bx', 'dx', 'ay', 'zy'], ['bx', 'ay']],
    ['a\\*b', ['a*b', 'axb'], ['a*b']],
    [
      'c++\n(x)\n{y}\na|b\n$z',
      ['c++', 'c', '(x)', '{y}', 'a|b', 'a', '$z'],
      ['c++', '(x)', '{y}', 'a|b', '$z'],
    ],
    ['DATA', ['data', 'DATA'], ['DATA']],
    ['constructor', ['constructor', 'toString', '__proto__'], ['constructor']],
    ['../x\n.', ['x', 'a'], []],
    ['données\n*.é', ['données/a', 'x.é'], ['données/a', 'x.é']],
    ['\uFEFFdata\r\nlogs\r\n', ['data/a', 'logs'], ['data/a', 'logs']],
    ['\u{1F600}?', ['\u{1F600}\u{1F600}'], ['\u{1F600}\u{1F600}']],
  ])('%j', (dockerignore, paths, expected) => {
    expect(ignored(dockerignore, ...paths)).toEqual(expected);
  });

  test('says where a pattern is malformed, and keeps to the others', () => {
    const rules = readDockerignore('data\n  [a\n!\nx\\\n[z-a]');
    expect(rules.problems.map(({ line, column }) => [line, column])).toEqual([
      [2, 3],
      [3, 1],
      [4, 1],
      [5, 1],
    ]);
    expect(rules.ignores('data/a')).toBe(true);
  });

  test('an exception undoes exactly the pattern before it', () => {
    const segment = fc.constantFrom('a', 'b', 'c.txt');
    const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));
    const pattern = fc.constantFrom('a', '*', '**/c.txt', 'a/**', 'b/?', '*/b');
    fc.assert(
      fc.property(fc.array(pattern, { maxLength: 4 }), pattern, path, (before, last, candidate) => {
        const undone = [...before, last, `!${last}`].join('\n');
        const isHit = readDockerignore(last).ignores(candidate);
        const expected = isHit ? false : readDockerignore(before.join('\n')).ignores(candidate);
        expect(readDockerignore(undone).ignores(candidate)).toBe(expected);
      }),
      { numRuns: 300, seed: 7 },
    );
  });
});

describe('what COPY and ADD name', () => {
  test('is a file, or a folder with all that is below it', () => {
    const paths = ['a.txt', 'src/a.py', 'src/b/c.py', 'src2/x'];
    expect(sent(paths, ['src'])).toEqual(['src/a.py', 'src/b/c.py']);
    expect(sent(paths, ['./src/', 'a.txt'])).toEqual(['a.txt', 'src/a.py', 'src/b/c.py']);
    expect(sent(paths, ['/src/b/../a.py'])).toEqual(['src/a.py']);
  });

  test('is everything for . and when sources are not known, nothing without any', () => {
    const paths = ['Dockerfile', '.dockerignore', 'a/b'];
    expect(sent(paths, ['.'])).toEqual(['.dockerignore', 'Dockerfile', 'a/b']);
    expect(sent(paths, ['/'])).toHaveLength(3);
    expect(sent(paths, null)).toHaveLength(3);
    expect(sent(paths, [])).toEqual([]);
  });

  test('may have wildcards, as Go has them: * stays in a folder, ** is nothing special', () => {
    const paths = ['a.txt', 'b.txt', 'x/a.txt', 'x/y/z', 'hom_y/q'];
    expect(sent(paths, ['*.txt'])).toEqual(['a.txt', 'b.txt']);
    expect(sent(paths, ['[b-z].txt'])).toEqual(['b.txt']);
    expect(sent(paths, ['**.txt'])).toEqual(['a.txt', 'b.txt']);
    expect(sent(paths, ['?/*'])).toEqual(['x/a.txt']);
  });

  test('with wildcards may be folders', () => {
    const files = [
      folder('src'),
      file('src/a'),
      folder('src/b'),
      file('src/b/c'),
      folder('lib'),
      file('lib/d'),
    ];
    const { files: chosen } = selectContext({ files, dockerignore: null, sources: ['s*'] });
    expect(chosen.map(({ path }) => path)).toEqual(['src', 'src/a', 'src/b', 'src/b/c']);
  });

  test('may have spaces, brackets with \\ in front, and letters of any script', () => {
    const paths = ['my data/a b.csv', 'x[1].txt', 'Übung/日本.txt'];
    expect(sent(paths, ['my data'])).toEqual(['my data/a b.csv']);
    expect(sent(paths, ['x\\[1\\].txt'])).toEqual(['x[1].txt']);
    expect(sent(paths, ['Übung'])).toEqual(['Übung/日本.txt']);
  });

  test('outside the context is nothing', () => {
    const files = [file('a')];
    expect(selectContext({ files, dockerignore: null, sources: ['../a'] })).toMatchObject({
      files: [],
      missing: [{ source: '../a', ignored: false }],
    });
  });

  test('may be a link, or lie behind one, inside the context', () => {
    const files = [
      link('now', 'runs/2'),
      file('runs/1/a'),
      file('runs/2/b'),
      link('out', '../../etc'),
      link('loop', 'loop'),
    ];
    const of = (source: string) =>
      selectContext({ files, dockerignore: null, sources: [source] }).files.map(({ path }) => path);
    expect(of('now')).toEqual(['now', 'runs/2/b']);
    expect(of('now/b')).toEqual(['now', 'runs/2/b']);
    expect(of('out')).toEqual(['out']);
    expect(of('loop')).toEqual(['loop']);
  });

  test('that is missing is said, and whether .dockerignore has it', () => {
    const { missing } = selectContext({
      files: [file('data/a'), file('src/b')],
      dockerignore: 'data\nempty',
      sources: ['data', 'none.txt', 'src'],
    });
    expect(missing).toEqual([
      { source: 'data', ignored: true },
      { source: 'none.txt', ignored: false },
    ]);
  });
});

describe('a context', () => {
  test('counts what it sends, what stays behind, and what is large', () => {
    const files = [
      file('b/big.bin', 200_000_000),
      file('a', 10),
      file('c', 100_000_000),
      file('left', 5),
      file('log', 7),
    ];
    const selection = selectContext({ files, dockerignore: 'log', sources: ['a', 'b', 'c'] });
    expect(selection).toMatchObject({
      files: [{ path: 'a' }, { path: 'b/big.bin' }, { path: 'c' }],
      totalBytes: 300_000_010,
      leftOut: { ignored: 1, notCopied: 1, bytes: 12 },
      largeFiles: [{ path: 'b/big.bin', bytes: 200_000_000 }],
      missing: [],
      problems: [],
    });
  });

  test('is the same whatever order its files were found in', () => {
    const files = ['z', 'a/b', 'a-b', 'a', 'é', 'Z/y'].map((path) => file(path));
    fc.assert(
      fc.property(fc.shuffledSubarray(files, { minLength: files.length }), (shuffled) => {
        const selection = selectContext({ files: shuffled, dockerignore: null, sources: null });
        expect(selection.files.map(({ path }) => path)).toEqual([
          'Z/y',
          'a',
          'a-b',
          'a/b',
          'z',
          'é',
        ]);
      }),
      { numRuns: 30, seed: 8 },
    );
  });

  test('of many files and patterns is read once', () => {
    const files = Array.from({ length: 20_000 }, (_, index) =>
      file(`d${index % 100}/e${index % 7}/f${index}.txt`),
    );
    const dockerignore = Array.from({ length: 50 }, (_, index) => `**/none-${index}*`).join('\n');
    expect(selectContext({ files, dockerignore, sources: ['.'] }).files).toHaveLength(20_000);
  });
});
