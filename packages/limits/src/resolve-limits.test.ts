import { slugOf, usernameSchema } from '@ds01/contracts';
import type { ConfigProblem, LimitKey } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { exemptionFor } from './derived-limits.ts';
import { loadPolicy } from './load-policy.ts';
import { resolveLimits } from './resolve-limits.ts';

const user = (name: string) => usernameSchema.parse(name);

function load(limits: string, others: Readonly<Record<string, string>> = {}) {
  const files = Object.entries({ 'resource-limits.yaml': limits, ...others });
  const loaded = loadPolicy(files.map(([path, text]) => ({ path, text })));
  const { policy } = loaded;
  if (policy === null) throw new Error(JSON.stringify(loaded.problems));
  const limitsOf = (name: string) => resolveLimits(policy, user(name));
  const limitOf = (name: string, key: LimitKey) => limitsOf(name).resolved.limits[key];
  return { ...loaded, policy, limitsOf, limitOf };
}

const places = (problems: readonly ConfigProblem[]) =>
  problems.map(({ file, line, code }) => `${file}:${line} ${code}`);

describe('layers', () => {
  test('a fresh install without files gives everybody the built-in limits', () => {
    const { policy, problems } = loadPolicy([]);
    expect(problems.map(({ severity, code }) => [severity, code])).toEqual([
      ['notice', 'config.missing-file'],
    ]);
    if (policy === null) throw new Error('no policy');
    const { resolved } = resolveLimits(policy, user('alice'));
    expect(resolved.group).toBe('default');
    expect(Object.values(resolved.limits).every(({ layer }) => layer === 'built-in')).toBe(true);
    expect(resolved.limits.max_gpu_equivalents.value).toBe(1);
  });

  test.each(['groups:\ndefaults:\npolicies:\ngpu_allocation: ~\n', '{}'])(
    'a file without limits (%j) loads without problems',
    (text) => {
      expect(load(text).problems).toEqual([]);
    },
  );

  test.each(['', '# nothing yet\n'])('an emptied file (%j) loads with a warning', (text) => {
    const { policy, problems } = loadPolicy([{ path: 'resource-limits.yaml', text }]);
    expect(policy).not.toBeNull();
    expect(problems).toMatchObject([
      { severity: 'warning', file: 'resource-limits.yaml', code: 'config.missing-file' },
    ]);
  });

  test('a null in a stronger layer takes the limit away', () => {
    const { limitOf } = load(
      'defaults:\n  idle_timeout_h: 2\ngroups:\n  student:\n    idle_timeout_h: never\n',
    );
    expect(limitOf('alice', 'idle_timeout_h')).toEqual({
      value: null,
      layer: 'group',
      file: 'resource-limits.yaml',
      line: 5,
    });
  });

  test('zero is zero, never "no limit"', () => {
    const { limitOf } = load('defaults:\n  gpu_hold_after_stop_h: 0\n  max_gpu_equivalents: 0\n');
    expect(limitOf('alice', 'gpu_hold_after_stop_h').value).toBe(0);
    expect(limitOf('alice', 'max_gpu_equivalents').value).toBe(0);
  });

  test('durations are given in the unit of their key', () => {
    const { limitOf } = load(
      'defaults:\n  max_runtime_h: 2d\n  idle_timeout_h: "90m"\n  gpu_hold_after_stop_h: 1.5h\n' +
        '  container_hold_after_stop_h: 1w\n  policies:\n    sigterm_grace_s: 2m\n    grace_period_m: 90s\n',
    );
    expect(limitOf('a', 'max_runtime_h').value).toBe(48);
    expect(limitOf('a', 'idle_timeout_h').value).toBe(1.5);
    expect(limitOf('a', 'gpu_hold_after_stop_h').value).toBe(1.5);
    expect(limitOf('a', 'container_hold_after_stop_h').value).toBe(168);
    expect(limitOf('a', 'policies.sigterm_grace_s').value).toBe(120);
    expect(limitOf('a', 'policies.grace_period_m').value).toBe(1.5);
  });

  test('anchors and merge keys keep the line where the value is written', () => {
    const { limitOf } = load(
      'groups:\n  student: &base\n    max_cpus: 8\n    memory: 8g\n  phd:\n    <<: *base\n' +
        '    members: [zoe]\n    memory: 16g\n',
    );
    expect(limitOf('zoe', 'max_cpus')).toMatchObject({ value: 8, layer: 'group', line: 3 });
    expect(limitOf('zoe', 'memory')).toMatchObject({ value: '16g', line: 8 });
  });

  test('with aggregate_limits off the aggregate has no limits but the GPU one', () => {
    const { limitOf } = load(
      'enforcement:\n  aggregate_limits: false\ngroups:\n  student:\n    aggregate:\n' +
        '      memory_max: 8g\n      gpu_limit: 1\n',
    );
    expect(limitOf('a', 'aggregate.memory_max')).toMatchObject({ value: null, line: 2 });
    expect(limitOf('a', 'aggregate.tasks_max').value).toBeNull();
    expect(limitOf('a', 'aggregate.gpu_limit').value).toBe(1);
  });

  test('a swap limit below the memory limit of another layer is raised to it', () => {
    const { limitsOf } = load(
      'defaults:\n  memory: 8g\n  memory_swap: 12g\nuser_overrides:\n  zoe:\n    memory: 64g\n',
    );
    const { resolved, warnings } = limitsOf('zoe');
    expect(resolved.limits.memory_swap).toMatchObject({ value: '64g', layer: 'override', line: 6 });
    expect(places(warnings)).toEqual(['resource-limits.yaml:3 config.conflicting-values']);
    expect(limitsOf('bob').resolved.limits.memory_swap.value).toBe('12g');
    expect(limitsOf('bob').warnings).toEqual([]);
  });
});

describe('former names', () => {
  test('a former name in a group beats the new name in the defaults', () => {
    const { limitOf, problems } = load(
      'defaults:\n  max_gpu_equivalents: 1\n  cpus: 4\ngroups:\n  student:\n    max_mig_instances: 3\n' +
        '    max_gpus_per_container: 2\n',
    );
    expect(limitOf('alice', 'max_gpu_equivalents')).toMatchObject({ value: 3, line: 6 });
    expect(limitOf('alice', 'max_gpu_slots_per_container').value).toBe(2);
    expect(limitOf('alice', 'max_cpus').value).toBe(4);
    expect(problems.map(({ line, severity, suggestion }) => [line, severity, suggestion])).toEqual([
      [3, 'warning', 'max_cpus'],
      [6, 'warning', 'max_gpu_equivalents'],
      [7, 'warning', 'max_gpu_slots_per_container'],
    ]);
  });

  test.each([
    ['max_mig_instances: 3\n  max_gpu_slots: 2\n  max_gpu_equivalents: null', null],
    ['max_gpu_equivalents: 5\n  max_gpu_slots: 2', 5],
    ['max_mig_instances: 3\n  max_gpu_slots: 2', 2],
    ['max_mig_instances: 3\n  max_gpus_per_user: 2', 2],
  ])('inside one mapping the newest name counts: %j', (lines, value) => {
    expect(load(`defaults:\n  ${lines}\n`).limitOf('a', 'max_gpu_equivalents').value).toBe(value);
  });
});

describe('groups and overrides', () => {
  test('members come from the file and from the inline list', () => {
    const { limitsOf } = load('groups:\n  a:\n    members: [u1]\n  b:\n  student:\n', {
      'groups/a.members': 'u2 # a comment\n#u3\n\n',
      '/etc/ds01/groups/b.members': '\uFEFF204214\r\nu4\r\n',
    });
    const groupOf = (name: string) => limitsOf(name).resolved.group;
    expect(['u1', 'u2', 'u3', '204214', 'u4'].map(groupOf)).toEqual([
      'a',
      'a',
      'student',
      'b',
      'b',
    ]);
  });

  test('a name counts before a slug, in whatever group it is', () => {
    const name = 'h.baker@example.org';
    const { limitsOf } = load(
      `groups:\n  a:\n    members: [${slugOf(user(name))}]\n  b:\n    members: [${name}]\n`,
    );
    expect(limitsOf(name).resolved.group).toBe('b');
    expect(limitsOf(slugOf(user(name))).resolved.group).toBe('a');
  });

  test('a user in several groups has the first one and a warning that names them', () => {
    const { limitsOf, problems } = load(
      'groups:\n  a:\n    members: [zoe]\n  b:\n    members:\n      - bob\n      - zoe\n',
    );
    expect(limitsOf('zoe').resolved.group).toBe('a');
    expect(places(problems)).toEqual(['resource-limits.yaml:7 config.several-groups']);
    expect(limitsOf('zoe').warnings).toEqual(problems);
    expect(limitsOf('bob').warnings).toEqual([]);
    expect(problems[0]?.message).toContain('a, b');
  });

  test('a members file of a group that is not there is a warning, the archived one is none', () => {
    const { problems } = load('groups:\n  student:\n', {
      'groups/students.members': 'alice\n',
      'groups/archived.members': 'old\n',
    });
    expect(problems).toMatchObject([
      { severity: 'warning', code: 'config.unknown-group', suggestion: 'student' },
    ]);
  });

  test('an override of a slug holds for its user; the file beats the inline entry as a whole', () => {
    const name = 'h.baker@example.org';
    const { limitOf, problems } = load(
      `user_overrides:\n  zoe:\n    max_cpus: 1\n    priority: 20\n  ${slugOf(user(name))}:\n    max_cpus: 2\n`,
      { 'user-overrides.yaml': '\nzoe:\n  max_cpus: 3\n204214: {max_cpus: 5}\n' },
    );
    expect(limitOf(name, 'max_cpus').value).toBe(2);
    expect(limitOf('zoe', 'max_cpus')).toMatchObject({ file: 'user-overrides.yaml', line: 3 });
    expect(limitOf('zoe', 'priority').value).toBe(10);
    expect(limitOf('204214', 'max_cpus').value).toBe(5);
    expect(places(problems)).toEqual(['user-overrides.yaml:2 config.several-overrides']);
  });
});

describe('files that can not be read', () => {
  test.each(['resource-limits.yaml', 'user-overrides.yaml', 'groups/student.members'])(
    'an unreadable %s keeps the policy from loading',
    (path) => {
      const { policy, problems } = loadPolicy([
        { path: 'resource-limits.yaml', text: path === 'resource-limits.yaml' ? null : '{}' },
        ...(path === 'resource-limits.yaml' ? [] : [{ path, text: null }]),
      ]);
      expect(policy).toBeNull();
      expect(problems[0]).toMatchObject({ file: path, code: 'config.unreadable-file', line: 1 });
    },
  );

  test('an unreadable exemptions file is an error, and nobody is exempt', () => {
    const path = 'lifecycle-exemptions.yaml';
    const { policy, problems } = loadPolicy([
      { path: 'resource-limits.yaml', text: '{}' },
      { path, text: null },
    ]);
    expect(problems).toMatchObject([{ severity: 'error', file: path }]);
    expect(policy?.exemptions).toEqual([]);
  });

  test('a bad exemption exempts nobody, the others hold', () => {
    const { policy } = load('', {
      'lifecycle-exemptions.yaml':
        'exemptions:\n  - {username: a, exempt_from: [idle_timeout_h], expires: 2020-01-01}\n' +
        '  - {username: b, exempt_from: idle_timeout_h}\n',
    });
    const exempt = (name: string) =>
      exemptionFor(policy, user(name), { limit: 'idle_timeout_h', nowMs: 0 }) !== undefined;
    expect(['a', 'b'].map(exempt)).toEqual([false, true]);
  });

  test('an exemption is of a name or its slug, and ends as its date says, quoted or not', () => {
    const { policy } = load('', {
      'lifecycle-exemptions.yaml': [
        'exemptions:',
        '  - {username: h.baker@example.org, exempt_from: [idle_timeout_h], expires_on: 2026-06-30}',
        '  - {username: A.B, exempt_from: [idle_timeout_h], expires_on: "2026-06-30"}',
        `  - {username: ${slugOf(user('a-b'))}, exempt_from: [idle_timeout_h]}`,
        '  - {username: 204214, exempt_from: [idle_timeout_h], expires_on: 2026-06-30T00:00:00Z}',
        '  - {username: carol, exempt_from: [idle_timeout_h], expires_on: "2026-06-30T02:00:00+02:00"}',
        '',
      ].join('\n'),
    });
    const exempt = (name: string, time: string) =>
      exemptionFor(policy, user(name), { limit: 'idle_timeout_h', nowMs: Date.parse(time) }) !==
      undefined;
    const last = (name: string) => [
      exempt(name, '2026-06-29T23:59:59Z'),
      exempt(name, '2026-06-30T00:00:00Z'),
      exempt(name, '2026-07-01T00:00:00Z'),
    ];
    expect(last('h.baker@example.org')).toEqual([true, true, false]);
    expect(last('A.B')).toEqual([true, true, false]);
    expect(last('a-b')).toEqual([true, true, true]);
    expect(last('204214')).toEqual([true, false, false]);
    expect(last('carol')).toEqual([true, false, false]);
    // Names that look alike are other people.
    expect(['a.b', 'a_b', 'h.baker', 'Carol'].flatMap(last)).not.toContain(true);
  });

  test.each([
    ['a date that is none', 'exempt_from: idle_timeout_h, expires_on: 2026-02-30'],
    ['words for a date', 'exempt_from: idle_timeout_h, expires_on: soon'],
    [
      'an end that is there twice',
      'exempt_from: idle_timeout_h, expires_on: 2020-01-01, expires_on: null',
    ],
    ['an end of another name', 'exempt_from: idle_timeout_h, expires: 2020-01-01'],
    ['nothing to be exempt from', 'reason: x'],
    ['a rule that nobody knows', 'exempt_from: [all]'],
  ])('%s is an error with its line, and exempts nobody', (_, fields) => {
    const path = 'lifecycle-exemptions.yaml';
    const text = `exemptions:\n  - {username: a, ${fields}}\n`;
    const { policy, problems } = loadPolicy([
      { path: 'resource-limits.yaml', text: '' },
      { path, text },
    ]);
    expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
      { file: path, line: 2 },
    ]);
    expect(policy?.exemptions).toEqual([]);
  });
});
