import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { requirementFilesOf } from './referenced-files.ts';
import { parseRequirements, type RequirementLine } from './requirements-file.ts';

const numRuns = process.env['DS01_TEST_LONG'] === '1' ? 20_000 : 300;
const digest = 'a'.repeat(64);

function linesOf(text: string): readonly RequirementLine[] {
  const result = parseRequirements(text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.lines;
}

function problemsOf(text: string): readonly (readonly [number, number, string])[] {
  const result = parseRequirements(text);
  if (result.ok) throw new Error('it was taken');
  return result.problems.map(({ line, column, message }) => [line, column, message]);
}

function warningsOf(text: string): readonly (readonly [number, number, string])[] {
  const result = parseRequirements(text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.warnings.map(({ line, column, message }) => [line, column, message]);
}

describe('a requirements file', () => {
  test('of 0 bytes has no lines', () => {
    expect(parseRequirements('')).toEqual({ ok: true, lines: [], warnings: [] });
  });

  test('of comments and empty lines has no lines', () => {
    expect(linesOf('\n# a\n   # b\n\t\n')).toEqual([]);
  });

  test('may have Windows line ends and a byte order mark', () => {
    const lines = linesOf('\uFEFFnumpy\r\n\r\npandas # data\r\n');
    expect(lines.map(({ line, text }) => [line, text])).toEqual([
      [1, 'numpy'],
      [3, 'pandas'],
    ]);
  });

  test('keeps what the predecessor lost: conditions, markers, extras, addresses, options (10)', () => {
    const lines = linesOf(
      [
        'pandas>=2.0',
        'torch>=2.1; python_version<"3.12"',
        'transformers[torch]',
        'thing @ git+https://host.example.org/thing@v1#egg=thing',
        'git+https://host.example.org/x@v1#egg=x&subdirectory=part',
        '-r more.txt',
        '-e ./mine[dev]',
        '--index-url https://pypi.example.org/simple',
        '-c limits.txt',
      ].join('\n'),
    );
    expect(lines).toMatchObject([
      { kind: 'package', requirement: { name: 'pandas', specifier: '>=2.0' } },
      { kind: 'package', requirement: { specifier: '>=2.1', marker: 'python_version<"3.12"' } },
      { kind: 'package', requirement: { extras: ['torch'] } },
      { kind: 'package', requirement: { url: 'git+https://host.example.org/thing@v1#egg=thing' } },
      {
        kind: 'source',
        editable: false,
        source: { kind: 'vcs', name: 'x', revision: 'v1', subdirectory: 'part' },
      },
      { kind: 'file', relation: 'requirements', path: 'more.txt' },
      {
        kind: 'source',
        editable: true,
        source: { kind: 'path', location: './mine', extras: ['dev'] },
      },
      { kind: 'option', name: '--index-url', value: 'https://pypi.example.org/simple' },
      { kind: 'file', relation: 'constraints', path: 'limits.txt' },
    ]);
  });

  test('joins continued lines, and each place is the one in the file', () => {
    const text = `torch==2.8.0 \\\n    --hash=sha256:${digest} \\\n    --hash=sha256:${'b'.repeat(64)}\n`;
    expect(linesOf(text)).toMatchObject([
      { kind: 'package', line: 1, hashes: [`sha256:${digest}`, `sha256:${'b'.repeat(64)}`] },
    ]);
    expect(problemsOf(`torch==2.8.0 \\\n    --hash=sha256:${digest} \\\n  --hash=md5:00`)).toEqual([
      [3, 10, 'this is no hash that pip takes'],
    ]);
  });

  test('has a comment only after white space', () => {
    expect(linesOf('x @ https://host.example.org/a#egg=x # it')).toMatchObject([
      { requirement: { url: 'https://host.example.org/a#egg=x' } },
    ]);
    expect(problemsOf('numpy#1')).toEqual([[1, 6, expect.stringContaining('version condition')]]);
  });

  test('a comment line ends a continuation, as with pip', () => {
    expect(linesOf('numpy \\\n# no\npandas')).toMatchObject([
      { text: 'numpy', line: 1 },
      { text: 'pandas', line: 3 },
    ]);
  });

  test('takes local files and wheels', () => {
    expect(
      linesOf('./dist/my_pkg-1.0-py3-none-any.whl ; sys_platform == "linux"\nother.tar.gz\n../up'),
    ).toMatchObject([
      { source: { kind: 'path', name: 'my_pkg', marker: 'sys_platform == "linux"' } },
      { source: { location: 'other.tar.gz' } },
      { source: { location: '../up' } },
    ]);
    expect(linesOf('https://host.example.org/my_pkg-1.0-py3-none-any.whl')).toMatchObject([
      { source: { kind: 'url', name: 'my_pkg' } },
    ]);
  });

  test('takes options in every spelling', () => {
    const text =
      '-i https://a.example.org\n--index-url=https://b.example.org\n-fwheels\n--pre\n--no-index';
    expect(linesOf(text)).toMatchObject([
      { name: '--index-url', value: 'https://a.example.org' },
      { name: '--index-url', value: 'https://b.example.org' },
      { name: '--find-links', value: 'wheels' },
      { name: '--pre', value: null },
      { name: '--no-index', value: null },
    ]);
    expect(linesOf('--pre --no-index')).toHaveLength(2);
    expect(linesOf('a --config-settings="x=y z"')).toMatchObject([
      { options: [{ name: '--config-settings', value: 'x=y z' }] },
    ]);
  });
});

describe('what is wrong', () => {
  test('is said of every line, with its place', () => {
    expect(
      problemsOf('numpy\n  pandas=1\n\n--foo\nscipy>=\n-e\ngit+git@host.example.org:x/y\n'),
    ).toEqual([
      [2, 9, 'a version condition such as >=2.0 was expected here'],
      [4, 1, '--foo is no option of a requirements file'],
      [5, 8, 'a version is missing after >='],
      [6, 1, '--editable needs a value'],
      [7, 1, 'this is no address of a repository'],
    ]);
  });

  test.each<[string, number, number, string]>([
    [`numpy\n--hash=sha256:${digest}`, 2, 1, '--hash belongs behind a requirement'],
    ['numpy \\ \npandas', 1, 7, 'this \\ does not continue the line'],
    ['--pre=yes', 1, 1, '--pre takes no value'],
    ['--pre numpy', 1, 7, 'only options can follow an option'],
    ["-f 'x", 1, 4, 'this text has no closing quote'],
    [
      '-e https://host.example.org/x.zip',
      1,
      4,
      '--editable takes a folder or a repository, not the address of a file',
    ],
    ['https://host.example.org/a b.zip', 1, 27, 'an address can have no space in it'],
    ['PK\u0003\u0004\0', 1, 5, 'this is no text in UTF-8'],
  ])('%s', (text, line, column, message) => {
    expect(problemsOf(text)).toEqual([[line, column, message]]);
  });

  test('names the file if it has a name', () => {
    expect(parseRequirements('=', { file: 'req.txt' })).toMatchObject({
      problems: [{ file: 'req.txt' }],
    });
  });

  test('an option that is nearly one has a hint', () => {
    expect(parseRequirements('--extra-index https://a.example.org')).toMatchObject({
      problems: [{ hint: 'write --extra-index-url' }],
    });
  });
});

describe('a warning', () => {
  test.each([
    ['--index-url https://me:canary@pypi.example.org/simple'],
    ['--extra-index-url=https://canary@pypi.example.org/simple'],
    ['x @ git+https://me:canary@host.example.org/x'],
    ['-e git+https://canary:x-oauth@host.example.org/x#egg=x'],
    ['-f http://me:s3c@ret@host.example.org/'],
  ])('is given for credentials, which it does not repeat: %s', (text) => {
    const result = parseRequirements(text);
    expect(result).toMatchObject({
      ok: true,
      warnings: [{ message: expect.stringContaining('has credentials in it') }],
    });
    expect(JSON.stringify(result.ok ? result.warnings : [])).not.toMatch(/canary|s3c|ret@/);
  });

  test('is not given for a name alone where that is no secret, nor for variables', () => {
    expect(
      warningsOf('git+ssh://git@host.example.org/x\ngit+https://git@host.example.org/y'),
    ).toEqual([]);
    expect(warningsOf('-i https://me:${TOKEN}@pypi.example.org/simple')).toEqual([
      [1, 15, expect.stringContaining('${TOKEN} comes from the environment')],
    ]);
  });

  test('is given when only a part has hashes', () => {
    expect(warningsOf(`a==1 --hash=sha256:${digest}\nb==1`)).toEqual([
      [2, 1, expect.stringContaining('all need one')],
    ]);
  });

  test('is given for options that pip does not look at', () => {
    expect(warningsOf('a==1 --no-binary a')).toEqual([
      [1, 6, 'pip does not look at --no-binary behind a requirement'],
    ]);
  });

  test('no problem repeats credentials either', () => {
    const text =
      '--extra-index-urlhttps://me:canary@h.example.org\n--foo=https://me:canary@h.example.org';
    expect(JSON.stringify(parseRequirements(text))).not.toContain('canary');
  });
});

test('files that a requirements file names are found, addresses and absolute paths are not', () => {
  const text = [
    '-r more/base.txt',
    '-c limits.txt',
    '-r https://host.example.org/x.txt',
    '-e ./mine[dev]',
    '-e git+https://host.example.org/x',
    './wheels/a-1-py3-none-any.whl',
    '/opt/x.whl',
    '-f wheels',
    '--find-links https://host.example.org',
    'numpy',
    '= broken',
  ].join('\n');
  expect(requirementFilesOf(text)).toEqual([
    { kind: 'requirements', path: 'more/base.txt', line: 1 },
    { kind: 'constraints', path: 'limits.txt', line: 2 },
    { kind: 'path', path: './mine', line: 4 },
    { kind: 'path', path: './wheels/a-1-py3-none-any.whl', line: 6 },
    { kind: 'path', path: 'wheels', line: 8 },
  ]);
});

test('any text is read, or refused with places inside it', () => {
  const characters = ['a', '1', ' ', '#', '-', '=', '@', ';', '"', "'", '.', '/', ':', 'é', '\\'];
  const ends = ['\n', '\r\n', '\\\n', '\u2028', '\v'];
  const words = ['--', '-r x', '-e ', '--hash=', '${A}', 'git+https://'];
  const unit = fc.constantFrom(...characters, ...ends, ...words);
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 60 }), (text) => {
      const result = parseRequirements(text);
      const found = result.ok ? [...result.lines, ...result.warnings] : result.problems;
      const physical = text.split(/\r\n|[\n\r\v\u2028]/);
      for (const { line, column } of found) {
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((physical[line - 1] ?? '').length + 1);
      }
    }),
    { numRuns, seed: 3 },
  );
});

test('a thousand requirements with hashes are read at once', () => {
  const line = (index: number) =>
    `package-${index}[x,y]>=1.0,<2 ; python_version < "3.12" --hash=sha256:${digest}\n`;
  expect(linesOf(Array.from({ length: 1000 }, (_, index) => line(index)).join(''))).toHaveLength(
    1000,
  );
});

test.each([' ', 'a', '@', ';', '-', '[', '\\\n', 'a://', '${A}'])(
  'a line of nothing but %j is read in no time',
  (part) => {
    const started = performance.now();
    parseRequirements(`https://h/x${part.repeat(50_000)}#`);
    parseRequirements(part.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(2000);
  },
);
