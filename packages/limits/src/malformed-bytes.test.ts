import { describe, expect, test } from 'vitest';
import { loadPolicy } from './load-policy.ts';
import { loadSiteSettings } from './site-settings.ts';

/** `file:line:column code [found]` of everything that is wrong. */
function problemsOf(
  files: Readonly<Record<string, string | null>>,
  errors: Readonly<Record<string, string>> = {},
): readonly string[] {
  const given = { 'resource-limits.yaml': 'groups: {student: }\n', ...files };
  const all = Object.entries(given).map(([path, text]) => ({
    path,
    text,
    error: errors[path] ?? null,
  }));
  const site = all.find(({ path }) => path === 'ds01.yaml') ?? null;
  const { problems } = loadPolicy(all.filter((file) => file !== site));
  return [...problems, ...loadSiteSettings(site).problems].map(
    ({ file, line, column, code, found }) => `${file}:${line}:${column} ${code} [${found}]`,
  );
}

/** Ten levels of nine aliases each: 3.4 thousand million values when they are followed. */
const bomb = [
  'a0: &a0 [x, x, x, x, x, x, x, x, x]',
  ...Array.from({ length: 10 }, (_, level) => {
    const alias = `*a${level}`;
    return `a${level + 1}: &a${level + 1} [${Array.from({ length: 9 }, () => alias).join(', ')}]`;
  }),
].join('\n');

/** The same with mappings that merge each other. */
const mergeBomb = [
  'groups:',
  '  g0: &g0 {max_cpu0: 1}',
  ...Array.from({ length: 20 }, (_, level) => {
    const alias = `*g${level}`;
    return `  g${level + 1}: &g${level + 1} {<<: [${alias}, ${alias}, ${alias}]}`;
  }),
].join('\n');

describe('bytes that a careless editor or a mean person leaves', () => {
  test('ends of lines of Windows move no problem', () => {
    expect(
      problemsOf({
        'user-overrides.yaml': 'alice:\r\n  max_cpus: 2\r\nbob:\r\n  max_cpu: 2\r\n',
        'groups/student.members': 'alice\r\nbob b\r\n\r\ncarol\r\n',
        'group-overrides.txt': 'alice:student\r\nbob:nowhere\r\n',
      }),
    ).toEqual([
      'groups/student.members:2:1 config.invalid-name [bob b]',
      'user-overrides.yaml:4:3 config.unknown-key [max_cpu]',
      'group-overrides.txt:2:1 config.unknown-group [nowhere]',
    ]);
  });

  test('control characters are no part of a name, and reach no terminal', () => {
    expect(
      problemsOf({
        'groups/student.members': 'al\u0007ice\n\u001b[2Jbob\ncarol\u0000\nd\u202eave\n',
        'user-overrides.yaml': '"e\\e[31mrin": {max_cpus: 2}\n',
      }),
    ).toEqual([
      'groups/student.members:1:1 config.invalid-name [al\\u{7}ice]',
      'groups/student.members:2:1 config.invalid-name [\\u{1b}[2Jbob]',
      'groups/student.members:3:1 config.invalid-name [carol\\u{0}]',
      'user-overrides.yaml:1:1 config.invalid-value [e\\u{1b}[31mrin]',
    ]);
  });

  test('a byte order mark is no part of the first word', () => {
    expect(problemsOf({ 'user-overrides.yaml': '\ufeffalice: {max_cpus: 2}\n' })).toEqual([]);
    expect(problemsOf({ 'groups/student.members': '\ufeffalice\n' })).toEqual([]);
  });

  test('files that can not be read are named, all of them, with the reason', () => {
    const unreadable = {
      'resource-limits.yaml': null,
      'groups/student.members': null,
      'user-overrides.yaml': null,
      'temporary-overrides.yaml': null,
      'group-overrides.txt': null,
      'lifecycle-exemptions.yaml': null,
      'ds01.yaml': null,
    };
    const { policy, problems } = loadPolicy(
      Object.keys(unreadable).map((path) => ({ path, text: null, error: 'it is not UTF-8' })),
    );
    expect(policy).toBeNull();
    expect(problems[0]?.message).toBe("resource-limits.yaml can't be read: it is not UTF-8.");
    expect(problemsOf(unreadable)).toEqual(
      Object.keys(unreadable).map(
        (path) =>
          `${path}:1:1 config.unreadable-file [a file without permission to read, not a file, or no text]`,
      ),
    );
  });

  test.each([
    ['temporary-overrides.yaml'],
    ['user-overrides.yaml'],
    ['lifecycle-exemptions.yaml'],
    ['resource-limits.yaml'],
    ['ds01.yaml'],
  ])('aliases of aliases in %s are not followed without end', (path) => {
    const found = problemsOf({ [path]: bomb });
    expect(found.length).toBeGreaterThanOrEqual(11);
    expect(found.every((line) => line.startsWith(`${path}:`))).toBe(true);
  });

  test('mappings that merge each other are not followed without end, and one slip is one problem', () => {
    expect(problemsOf({ 'resource-limits.yaml': mergeBomb })).toEqual([
      'resource-limits.yaml:2:12 config.unknown-key [max_cpu0]',
    ]);
  });

  test.each([
    ['lists', '['.repeat(15_000)],
    ['mappings', '{a: '.repeat(15_000)],
    ['entries', Array.from({ length: 3000 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('%s nested without end are one problem or a few, and no crash', (_, text) => {
    const found = problemsOf({ 'user-overrides.yaml': text });
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(/^user-overrides\.yaml:\d+:\d+ config\.(?:yaml-syntax|unknown-key)/);
  });

  test('a file of many lines gives every problem of it, with its line', () => {
    const lines = Array.from({ length: 600 }, (_, number) => `user${number}: {max_cpu: ${number}}`);
    const found = problemsOf({ 'user-overrides.yaml': lines.join('\n') });
    expect(found).toHaveLength(600);
    expect(found[599]).toBe('user-overrides.yaml:600:11 config.unknown-key [max_cpu]');
  });

  test('a key that is there thousands of times is told of a hundred times', () => {
    const found = problemsOf({ 'user-overrides.yaml': 'alice: {max_cpus: 1}\n'.repeat(3000) });
    expect(found).toHaveLength(100);
    expect(found[0]).toBe('user-overrides.yaml:2:1 config.duplicate-key [alice]');
  });

  test.each([
    ['lines', 'a: 1\n'.repeat(50_000)],
    ['one line', `{${'a: 1, '.repeat(50_000)}}`],
  ])('a file of more entries than any site has, in %s, is not parsed', (_, text) => {
    expect(problemsOf({ 'user-overrides.yaml': text })).toEqual([
      'user-overrides.yaml:1:1 config.unreadable-file [more than any site needs]',
    ]);
  });

  test('thousands of aliases take no longer than thousands of values', () => {
    const lines = [
      'x: &x {max_cpus: 2}',
      ...Array.from({ length: 2000 }, (_, one) => `u${one}: *x`),
    ];
    expect(problemsOf({ 'user-overrides.yaml': lines.join('\n') })).toEqual([]);
  });
});
