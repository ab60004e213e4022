import { readdirSync, readFileSync } from 'node:fs';
import { usernameSchema } from '@ds01/contracts';
import type { LimitKey, LimitValue } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { exemptionFor, reservationsAt } from './derived-limits.ts';
import { loadPolicy } from './load-policy.ts';
import type { Policy } from './policy.ts';
import { resolveLimits } from './resolve-limits.ts';

const folder = new URL('../fixtures/predecessor/', import.meta.url);
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.\w+$/.test(path))
  .map((path) => ({ path, text: readFileSync(new URL(path, folder), 'utf8') }));
const { policy: loaded, problems } = loadPolicy(files);
const limitsText = files.find(({ path }) => path === 'resource-limits.yaml')?.text ?? '';

function policy(): Policy {
  if (loaded === null) throw new Error(JSON.stringify(problems));
  return loaded;
}

/** Line of a key found by indentation alone, without the parser that is tested. */
function lineOf(...path: string[]): number | undefined {
  const lines = limitsText.split('\n');
  let at = -1;
  for (const [depth, key] of path.entries()) {
    const start = `${'  '.repeat(depth)}${key}:`;
    at = lines.findIndex((line, index) => index > at && line.startsWith(start));
    if (at === -1) return undefined;
    const outer = lines.slice(0, at).findLastIndex((line) => /^\S/.test(line) && line[0] !== '#');
    if (depth > 0 && !lines[outer]?.startsWith(`${path[0]}:`)) return undefined;
  }
  return at + 1;
}

const groups = ['student', 'researcher', 'faculty', 'admin'] as const;
type Row = readonly [LimitKey, ...LimitValue[]];
const memberOf = {
  student: 'alice',
  researcher: 'h.baker@example.org',
  faculty: 'frank',
  admin: 'datasciencelab',
};

/** Values by group; those of `inherited` come from `defaults`. */
const ownValues: readonly Row[] = [
  ['allow_full_gpu', true, true, true, true],
  ['max_gpu_equivalents', 2, 4, 4, null],
  ['max_gpu_slots_per_container', 2, 3, 4, null],
  ['max_cpus', 32, 48, 64, 64],
  ['memory', '32g', '64g', '128g', '128g'],
  ['memory_swap', '32g', '64g', '128g', '128g'],
  ['shm_size', '16g', '32g', '64g', '64g'],
  ['pids_limit', 4096, 4096, 4096, 4096],
  ['max_runtime_h', 24, 48, 72, 24],
  ['idle_timeout_h', 0.5, 1, 2, 1],
  ['gpu_hold_after_stop_h', 0.25, 0.25, 0.25, 1],
  ['container_hold_after_stop_h', 0.5, 0.5, 0.5, 0.5],
  ['max_containers_per_user', 3, 5, 5, 10],
  ['max_tasks', 32768, 65536, 65536, null],
];
const nestedValues: readonly Row[] = [
  ['aggregate.cpu_quota', '9600%', '24000%', '32000%', null],
  ['aggregate.memory_max', '96G', '320G', '640G', null],
  ['aggregate.memory_high', '86G', '288G', '576G', null],
  ['aggregate.gpu_limit', 2, 4, 4, null],
  ['policies.gpu_idle_threshold', 5, 5, 5, 5],
  ['policies.cpu_idle_threshold', 2, 3, 3, 2],
  ['policies.network_idle_threshold', 1048576, 1048576, 1048576, 1048576],
  ['policies.idle_detection_window', 3, 4, 4, 3],
  ['policies.high_demand_threshold', 0.8, 0.8, 0.8, 0.8],
  ['policies.high_demand_idle_reduction', 0.5, 0.5, 0.5, 0.5],
  ['policies.sigterm_grace_s', 60, 60, 60, 60],
  ['policies.grace_period_m', 30, 30, 30, 30],
  ['policies.created_container_timeout_m', 30, 30, 30, 30],
  ['policies.keepalive_max_duration_h', 24, 24, 24, 24],
];

function origin(group: string, key: LimitKey) {
  const own = sectionLine(group, key.split('.'));
  if (own !== undefined) return { layer: 'group', file: 'resource-limits.yaml', line: own };
  const path = key.startsWith('policies.') ? key.split('.') : ['defaults', ...key.split('.')];
  const line = lineOf(...path);
  if (line === undefined) return { layer: 'built-in', file: null, line: null };
  return { layer: 'defaults', file: 'resource-limits.yaml', line };
}

/** Line of a key inside one group: the text is cut to that group first. */
function sectionLine(group: string, keys: readonly string[]): number | undefined {
  const start = lineOf('groups', group) ?? 0;
  const lines = limitsText.split('\n').slice(start);
  const end = lines.findIndex((line) => /^ {0,2}[a-z]/.test(line));
  let at = -1;
  for (const [depth, key] of keys.entries()) {
    const wanted = `${'  '.repeat(depth + 2)}${key}:`;
    at = lines.findIndex((line, index) => index > at && line.startsWith(wanted));
    if (at === -1 || at >= end) return undefined;
  }
  return start + at + 1;
}

describe('an unmodified folder of the predecessor', () => {
  test('loads without an error', () => {
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
    expect(loaded).not.toBeNull();
  });

  test.each(groups)('gives a %s every value of the tables, with its file and line', (group) => {
    const user = usernameSchema.parse(memberOf[group]);
    const { resolved, warnings } = resolveLimits(policy(), user);
    expect(resolved.group).toBe(group);
    expect(warnings).toEqual([]);
    const column = groups.indexOf(group) + 1;
    for (const row of [...ownValues, ...nestedValues]) {
      const [key] = row;
      const value = row[column];
      expect([key, resolved.limits[key]]).toEqual([key, { value, ...origin(group, key) }]);
    }
  });

  test('uses max_tasks for the aggregate where tasks_max is absent', () => {
    const tasks = groups.map((group) => {
      const user = usernameSchema.parse(memberOf[group]);
      return resolveLimits(policy(), user).resolved.limits['aggregate.tasks_max'];
    });
    expect(tasks.map(({ value }) => value)).toEqual([12288, 327680, 327680, null]);
    expect(tasks[3]?.line).toBe(sectionLine('admin', ['max_tasks']));
  });

  test('puts a user whom nobody lists into the default group', () => {
    const { resolved } = resolveLimits(policy(), usernameSchema.parse('nobody-knows'));
    expect(resolved.group).toBe('student');
    expect(resolved.limits.max_gpu_equivalents.value).toBe(2);
  });

  test('keeps the group of a user with an override', () => {
    const { resolved } = resolveLimits(policy(), usernameSchema.parse('rita'));
    expect(resolved.group).toBe('researcher');
    expect(resolved.limits.idle_timeout_h).toEqual({
      value: 12,
      layer: 'override',
      file: 'user-overrides.yaml',
      line: 3,
    });
    expect(resolved.limits['aggregate.gpu_limit'].value).toBe(6);
    expect(resolved.limits['aggregate.memory_max']).toMatchObject({
      value: '320G',
      layer: 'group',
    });
    expect(resolved.limits['policies.cpu_idle_threshold'].value).toBe(3);
    expect(resolved.limits.max_cpus.value).toBe(48);
  });

  test('gives every container type its values', () => {
    const rows = Object.entries(policy().containerTypes).map(([type, limits]) => [
      type,
      limits.idle_timeout_h.value,
      limits.max_runtime_h.value,
      limits.sigterm_grace_s.value,
      limits.idle_timeout_h.line === lineOf('container_types', type, 'idle_timeout_h'),
    ]);
    expect(rows).toEqual([
      ['devcontainer', null, 168, 30, true],
      ['compose', 0.5, 72, 45, true],
      ['docker', 0.5, 48, 60, true],
      ['api', null, 24, 30, true],
      ['unknown', 0.25, 24, 30, true],
    ]);
  });

  test('gives the administrators and the rules of bare-metal access', () => {
    expect(policy().accessControl).toEqual({
      adminUsers: ['datasciencelab'],
      adminGroup: 'ds01-admin',
      showHolders: null,
    });
    expect(policy().bareMetalAccess).toEqual({
      exemptUsers: ['datasciencelab'],
      adminGroup: 'ds01-admin',
      defaultGrantDurationH: 24,
      stateDir: '/var/lib/ds01/bare-metal-grants',
    });
  });

  test('gives one notice for each key without effect', () => {
    const notices = problems.filter(({ code }) => code === 'config.obsolete-key');
    expect(notices.map(({ found, line }) => [found, line])).toEqual([
      ['gpu_hold_after_manual_stop_m', lineOf('policies', 'gpu_hold_after_manual_stop_m')],
      ['cgroup_driver', lineOf('enforcement', 'cgroup_driver')],
      ['infrastructure_containers', lineOf('monitoring', 'infrastructure_containers')],
      ['infrastructure_label', lineOf('monitoring', 'infrastructure_label')],
      ['enforcement_mode', lineOf('access_control', 'wrapper', 'enforcement_mode')],
      ['debug_level', lineOf('access_control', 'wrapper', 'debug_level')],
      ['unknown_commands', lineOf('access_control', 'wrapper', 'unknown_commands')],
    ]);
  });

  test('gives reservations with slots of both spellings', () => {
    const [reservation, ...others] = policy().reservations;
    expect(others).toEqual([]);
    expect(reservation).toMatchObject({
      user: 'bob',
      slots: ['0', '1:2'],
      reason: 'paper deadline',
    });
    const at = (text: string) => reservationsAt(policy(), Date.parse(text)).length;
    expect(at('2026-02-28T23:59:59Z')).toBe(0);
    expect(at('2026-03-01T00:00:00Z')).toBe(1);
    expect(at('2026-03-14T17:59:59Z')).toBe(1);
    expect(at('2026-03-14T18:00:00Z')).toBe(0);
  });

  test('exempts whom the file names, until the end that it gives', () => {
    const exempt = (name: string, limit: 'idle_timeout_h' | 'max_runtime_h', time: string) =>
      exemptionFor(policy(), usernameSchema.parse(name), { limit, nowMs: Date.parse(time) });
    expect(exempt('rita', 'idle_timeout_h', '2026-06-29T23:59:59Z')?.reason).toBe('long training');
    expect(exempt('rita', 'idle_timeout_h', '2026-06-30T00:00:00Z')).toBeUndefined();
    expect(exempt('h.baker@example.org', 'max_runtime_h', '2026-06-30T12:00:00Z')).toBeDefined();
    expect(exempt('h.baker@example.org', 'max_runtime_h', '2026-07-01T00:00:00Z')).toBeUndefined();
    expect(exempt('h.baker@example.org', 'idle_timeout_h', '2026-01-01T00:00:00Z')).toBeUndefined();
    expect(exempt('frank', 'idle_timeout_h', '2099-01-01T00:00:00Z')?.untilMs).toBeNull();
    expect(exempt('alice', 'idle_timeout_h', '2026-01-01T00:00:00Z')).toBeUndefined();
  });
});
