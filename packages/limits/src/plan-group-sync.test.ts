import { usernameSchema } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { diffLimits } from './diff-limits.ts';
import { loadPolicy } from './load-policy.ts';
import type { Policy } from './policy.ts';
import { matchesGlob, planGroupSync } from './plan-group-sync.ts';

const user = (name: string) => usernameSchema.parse(name);

function policyOf(files: Readonly<Record<string, string>>): Policy {
  const { policy, problems } = loadPolicy(
    Object.entries(files).map(([path, text]) => ({ path, text })),
  );
  if (policy === null) throw new Error(JSON.stringify(problems));
  return policy;
}

describe('a pattern of names', () => {
  test.each([
    ['*', 'alice', true],
    ['[0-9]*@uni.example', '1234@uni.example', true],
    ['[0-9]*@uni.example', 'a.b@uni.example', false],
    ['?.*@uni.example', 'a.baker@uni.example', true],
    ['?.*', 'ab', false],
    ['[a-cx].b', 'x.b', true],
    ['[a-c].b', 'd.b', false],
    ['a**b', 'ab', true],
    ['', '', true],
    ['alice', 'alice2', false],
    ['.*', 'alice', false],
  ])('%s and %s: %s', (pattern, name, matches) => {
    expect(matchesGlob(pattern, name)).toBe(matches);
  });

  test('takes no longer than its letters times the name’s', () => {
    expect(matchesGlob('*a'.repeat(100), `${'a'.repeat(255)}b`)).toBe(false);
  });
});

test('a sync puts people where a line says, else where the first rule says, and takes nobody out', () => {
  const policy = policyOf({
    'resource-limits.yaml': 'groups: {student: , staff: {members: [sue]}, guest: }\n',
    'groups/student.members': 'sam\n',
    'groups/archived.members': 'ada\n',
    'group-overrides.txt': '0042:staff # a professor\nbad line\nx:nowhere\n',
  });
  const rules = [
    { match: '*', group: 'nowhere' },
    { match: '[0-9]*', group: 'student' },
    { match: 'g*', group: 'guest' },
  ];
  const people = ['sam', 'sue', 'ada', '0042', '0043', 'gina', 'zoe'].map(user);
  expect(planGroupSync(policy, rules, people)).toEqual({
    added: [
      { user: '0042', group: 'staff', because: 'group-overrides.txt' },
      { user: '0043', group: 'student', because: 'groups.rules: [0-9]*' },
      { user: 'gina', group: 'guest', because: 'groups.rules: g*' },
    ],
    left: ['zoe'],
  });
});

test('a diff names the people who are affected, with what sets the new value', () => {
  const files = {
    'resource-limits.yaml': 'groups:\n  student:\n    max_cpus: 2\n  staff:\n    max_cpus: 8\n',
    'groups/student.members': 'alice\nbob\ncarol\n',
  };
  const before = policyOf(files);
  const after = policyOf({
    'resource-limits.yaml': files['resource-limits.yaml'].replace('max_cpus: 2', 'cpus: 2.0'),
    'groups/student.members': 'bob\ncarol\n',
    'groups/staff.members': 'alice\n',
    'temporary-overrides.yaml':
      'overrides:\n  - username: bob\n    expires_on: 2026-01-31\n    limits: {memory_swap: null, memory: 64g}\n',
  });
  const users = ['alice', 'bob', 'carol', 'dave'].map(user);
  const diff = diffLimits(before, after, { users, nowMs: Date.UTC(2026, 0, 31, 23) });
  expect(diff).toMatchObject([
    {
      user: 'alice',
      groupBefore: 'student',
      groupAfter: 'staff',
      changes: [{ key: 'max_cpus', before: 2, after: 8, layerAfter: 'group', lineAfter: 5 }],
    },
    {
      user: 'bob',
      changes: [
        { key: 'memory', before: '32g', after: '64g', layerAfter: 'override', lineAfter: 4 },
        { key: 'memory_swap', fileAfter: 'temporary-overrides.yaml', after: null },
      ],
    },
  ]);
  expect(diffLimits(before, after, { users, nowMs: Date.UTC(2026, 1, 1) })).toHaveLength(1);
  expect(diffLimits(before, before, { users, nowMs: 0 })).toEqual([]);
});

test('of several temporary overrides the last one counts, each until its end', () => {
  const policy = policyOf({
    'resource-limits.yaml': 'groups: {}\n',
    'user-overrides.yaml': 'alice: {max_cpus: 3}\n',
    'temporary-overrides.yaml': [
      'overrides:',
      '  - {username: alice, limits: {max_cpus: 9}, expires_on: 2026-03-01}',
      '  - {username: alice, limits: {max_cpus: 5}, expires_on: 2026-02-01T12:00:00Z}',
    ].join('\n'),
  });
  const none = { ...policy, temporaryOverrides: [], overrides: new Map() };
  const cpusAt = (nowMs: number) =>
    diffLimits(none, policy, { users: [user('alice')], nowMs })[0]?.changes[0];
  expect(cpusAt(Date.UTC(2026, 0, 5))).toMatchObject({ after: 5, lineAfter: 3 });
  expect(cpusAt(Date.UTC(2026, 1, 1, 12))).toMatchObject({ after: 9, lineAfter: 2 });
  expect(cpusAt(Date.UTC(2026, 2, 2))).toMatchObject({ after: 3, lineAfter: 1 });
});
