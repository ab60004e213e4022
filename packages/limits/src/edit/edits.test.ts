import { slugOf, usernameSchema, type LimitKey } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import {
  addExemption,
  addTemporaryOverride,
  removeExemptions,
  removeTemporaryLimits,
} from './edit-lists.ts';
import { addMember, hasMember, removeInlineMember, removeMember } from './edit-members.ts';
import { editOverride } from './edit-override.ts';
import type { EditResult } from './yaml-edit.ts';

const user = (name: string) => usernameSchema.parse(name);
const textOf = (edit: EditResult): string => (edit.ok ? edit.text : `REFUSED: ${edit.reason}`);
const set = (
  text: string,
  name: string,
  edits: Partial<Record<LimitKey, string | null>>,
  within: readonly string[] = [],
): string => {
  const pairs = Object.entries(edits) as [LimitKey, string | null][];
  return textOf(editOverride(text, { user: user(name), edits: new Map(pairs), within }));
};

describe('a limit of an override', () => {
  test.each([
    ['an empty file', '', 'alice:\n  max_cpus: 4\n'],
    ['comments only', '# ours\n', '# ours\nalice:\n  max_cpus: 4\n'],
    ['no last end of line', 'bob:\n  max_cpus: 2', 'bob:\n  max_cpus: 2\nalice:\n  max_cpus: 4'],
    [
      'ends of lines of Windows',
      'bob:\r\n  max_cpus: 2\r\n',
      'bob:\r\n  max_cpus: 2\r\nalice:\r\n  max_cpus: 4\r\n',
    ],
    ['an empty mapping', '{}\n', '{alice: {max_cpus: 4}}\n'],
    ['an entry without limits', 'alice:\n', 'alice:\n  max_cpus: 4\n'],
    ['an entry that is null', 'alice: null # yet\n', 'alice: {max_cpus: 4} # yet\n'],
    ['an empty entry', 'alice: {}\n', 'alice: {max_cpus: 4}\n'],
    ['an entry on one line', 'alice: {memory: 8g}\n', 'alice: {memory: 8g, max_cpus: 4}\n'],
    [
      'an entry with comments, deeply indented',
      'alice: # hers\n      memory: 8g # much\n      # more to come\n\n# his\nbob: {}\n',
      'alice: # hers\n      memory: 8g # much\n      max_cpus: 4\n      # more to come\n\n# his\nbob: {}\n',
    ],
    [
      'another value with a comment',
      'alice:\n  max_cpus:   "2"   # few\n',
      'alice:\n  max_cpus:   4   # few\n',
    ],
    ['no value', 'alice:\n  max_cpus: # what?\n', 'alice:\n  max_cpus: 4 # what?\n'],
    ['a former name', 'alice:\n  cpus: 2\n', 'alice:\n  cpus: 4\n'],
    ['a document that ends', 'bob: {}\n...\n', 'bob: {}\nalice:\n  max_cpus: 4\n...\n'],
    ['a key with a mark', '? alice\n: max_cpus: 2\n', '? alice\n: max_cpus: 4\n'],
    ['a quoted name', '"alice": {max_cpus: 1}\n', '"alice": {max_cpus: 4}\n'],
  ])('is set in %s', (_, before, after) => {
    expect(set(before, 'alice', { max_cpus: '4' })).toBe(after);
  });

  test('in a section makes the section, or uses the one that is there', () => {
    const made = set('', 'alice', { 'aggregate.gpu_limit': '6', 'policies.grace_period_m': '1h' });
    expect(made).toBe(
      'alice:\n  aggregate:\n    gpu_limit: 6\n  policies:\n    grace_period_m: 1h\n',
    );
    expect(set(made, 'alice', { 'aggregate.memory_max': '64g' })).toBe(
      'alice:\n  aggregate:\n    gpu_limit: 6\n    memory_max: 64g\n  policies:\n    grace_period_m: 1h\n',
    );
  });

  test('without a limit is null, however it was said', () => {
    expect(set('', 'alice', { max_cpus: 'Unlimited' })).toBe('alice:\n  max_cpus: null\n');
  });

  test('of somebody whose name needs quotes or who stands there by slug', () => {
    expect(set('', 'null', { max_cpus: '4' })).toBe('"null":\n  max_cpus: 4\n');
    expect(set('', '&a', { max_cpus: '4' })).toBe('"&a":\n  max_cpus: 4\n');
    const slug = slugOf(user('a.b'));
    expect(set(`${slug}: {}\n`, 'a.b', { max_cpus: '4' })).toBe(`${slug}: {max_cpus: 4}\n`);
  });

  test('below user_overrides of the limits file', () => {
    const before = 'defaults: {}\nuser_overrides:\n  alice:\n    memory: 8g\n# end\n';
    const after =
      'defaults: {}\nuser_overrides:\n  alice:\n    memory: 8g\n    max_cpus: 4\n# end\n';
    expect(set(before, 'alice', { max_cpus: '4' }, ['user_overrides'])).toBe(after);
    expect(set(after, 'alice', { max_cpus: null }, ['user_overrides'])).toBe(before);
  });

  test.each([
    ['the last one, with its entry', 'bob: {}\nalice:\n  max_cpus: 4\n', 'bob: {}\n'],
    [
      'the last one of a section',
      'alice:\n  memory: 8g\n  aggregate:\n    # why\n    cpu_quota: 100%\n  max_cpus: 4\n',
      'alice:\n  memory: 8g\n  aggregate:\n    # why\n    cpu_quota: 100%\n',
    ],
    ['one in the middle', 'alice: {a: 1, max_cpus: 4, b: 2}\n', 'alice: {a: 1, b: 2}\n'],
    ['the first one', 'alice: { max_cpus: 4, b: 2 }\n', 'alice: { b: 2 }\n'],
    ['all names of it', 'alice:\n  max_cpus: 4\n  cpus: 2\n  b: 1\n', 'alice:\n  b: 1\n'],
    ['nothing', 'alice:\n  b: 1\n', 'alice:\n  b: 1\n'],
    [
      'it, but no comment',
      'alice:\n  # whole line\n  max_cpus: 4 # same line\n  # another\nbob: 1\n',
      '  # whole line\n  # another\nbob: 1\n',
    ],
  ])('is taken away: %s', (_, before, after) => {
    expect(set(before, 'alice', { max_cpus: null })).toBe(after);
  });

  test.each([
    ['shared by an anchor', 'bob: &x {max_cpus: 2}\nalice: *x\n'],
    ['that others share', 'alice: &x {max_cpus: 2}\nbob: *x\n'],
    ['no mapping', 'alice: 7\n'],
    ['in a list', '- alice\n'],
    ['not YAML', 'alice: {\n'],
    ['in one of several documents', 'bob: {}\n---\nalice: {}\n'],
    ['nested without end', '['.repeat(20_000)],
  ])('is not touched in an entry that is %s', (_, text) => {
    expect(set(text, 'alice', { max_cpus: '4', memory: '8g' })).toMatch(/^REFUSED: /);
  });
});

const approval = { reason: 'paper: "deadline" #1', approvedBy: 'root', approvedOn: '2026-01-05' };
const until = { user: user('alice'), limits: new Map([['max_cpus', '4'] as const]), ...approval };
const temporary = `  - username: alice
    limits:
      max_cpus: 4
    expires_on: 2026-01-31
    reason: "paper: \\"deadline\\" #1"
    approved_by: root
    approved_on: 2026-01-05
`;

describe('a temporary override', () => {
  const addTo = (text: string) =>
    textOf(addTemporaryOverride(text, { ...until, expiresOn: '2026-01-31' }));
  const nowMs = Date.UTC(2026, 0, 5);

  test.each([
    ['an empty file', '', `overrides:\n${temporary}`],
    ['an empty list', 'overrides:\n# none\n', `overrides:\n${temporary}# none\n`],
    [
      'a list',
      'overrides:\n  - username: bob # his\n    limits: {}\n# end\n',
      `overrides:\n  - username: bob # his\n    limits: {}\n${temporary}# end\n`,
    ],
  ])('is added to %s', (_, before, after) => {
    expect(addTo(before)).toBe(after);
  });

  test('is taken away as far as it holds now, and with its last limit as a whole', () => {
    const old = temporary.replace('2026-01-31', '2025-12-31');
    const text = `overrides:\n${old}${temporary}`;
    const keys = ['max_cpus'] as const;
    const options = { user: user('alice'), keys, nowMs };
    expect(textOf(removeTemporaryLimits(text, options))).toBe(`overrides:\n${old}`);
    const two = text.replaceAll('max_cpus: 4\n', 'max_cpus: 4\n      memory: 8g\n');
    expect(textOf(removeTemporaryLimits(two, options))).toBe(
      `overrides:\n${old.replace('max_cpus: 4\n', 'max_cpus: 4\n      memory: 8g\n')}${temporary.replace('max_cpus: 4', 'memory: 8g')}`,
    );
    expect(textOf(removeTemporaryLimits(text, { ...options, user: user('bob') }))).toBe(text);
  });
});

describe('an exemption', () => {
  const addTo = (text: string, expiresOn: string | null = null) =>
    textOf(
      addExemption(text, {
        ...approval,
        reason: null,
        user: user('alice'),
        rules: ['idle_timeout_h'],
        expiresOn,
      }),
    );

  test('is added to a list in brackets, and taken away again', () => {
    const before = 'exemptions: [] # nobody\n';
    const after = addTo(before);
    expect(after).toBe(
      'exemptions: [{username: alice, exempt_from: [idle_timeout_h], expires_on: null, approved_by: root, approved_on: 2026-01-05}] # nobody\n',
    );
    expect(textOf(removeExemptions(after, user('alice')))).toBe(before);
  });

  test('ends at a moment', () => {
    expect(addTo('', '2026-01-31T18:00:00Z')).toContain('    expires_on: 2026-01-31T18:00:00Z\n');
  });

  test('is taken away wherever the user stands, and no comment with it', () => {
    const text =
      'exemptions:\n  # first\n  - username: alice\n    # inside\n    exempt_from: [idle_timeout_h]\n  - username: bob\n    exempt_from: [idle_timeout_h]\n  - {username: "alice", exempt_from: [max_runtime_h]}\n';
    expect(textOf(removeExemptions(text, user('alice')))).toBe(
      'exemptions:\n  # first\n    # inside\n  - username: bob\n    exempt_from: [idle_timeout_h]\n',
    );
  });
});

describe('a member', () => {
  test('stands on a line of a file, once', () => {
    expect(addMember('', user('alice'))).toBe('alice\n');
    expect(addMember('bob', user('alice'))).toBe('bob\nalice');
    expect(addMember('bob\r\n', user('alice'))).toBe('bob\r\nalice\r\n');
    expect(addMember('  alice # she\n', user('alice'))).toBe('  alice # she\n');
    const added = addMember('', user('alice#2'));
    expect(added).toBe(`${slugOf(user('alice#2'))}\n`);
    expect([hasMember(added, user('alice')), hasMember(added, user('alice#2'))]).toEqual([
      false,
      true,
    ]);
    expect(hasMember('# alice\n', user('alice'))).toBe(false);
  });

  test('is taken out with its line, and nobody else', () => {
    expect(removeMember('# all\nbob\n alice # she\nalice2\n', user('alice'))).toBe(
      '# all\nbob\nalice2\n',
    );
  });

  test('of the limits file is taken out of the list of its group', () => {
    const text =
      'groups:\n  a:\n    members: [bob, alice, carol]\n  b:\n    members:\n      - alice\n';
    const remove = (group: string) =>
      textOf(removeInlineMember(text, { group, user: user('alice') }));
    expect(remove('a')).toBe(text.replace(', alice', ''));
    expect(remove('b')).toBe(text.replace('      - alice\n', ''));
    expect(remove('c')).toBe(text);
  });
});
