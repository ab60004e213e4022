import { expect, test } from 'vitest';
import { configProblemSchema, limitKeySchema, resolvedLimitsSchema } from './limits.ts';
import { siteSettingsSchema } from './site-settings.ts';

const builtIn = { layer: 'built-in', file: null, line: null };
const values: Readonly<Record<string, unknown>> = {
  allow_full_gpu: true,
  'policies.checkpoint_warning': false,
  shm_size: '16g',
  ulimit_nofile: '1024:4096',
  'aggregate.cpu_quota': '9600%',
};
const limits = Object.fromEntries(
  limitKeySchema.options.map((key) => [key, { value: values[key] ?? 1, ...builtIn }]),
);
const resolved = { user: 'alice', group: 'student', limits };

test('resolved limits survive JSON', () => {
  const parsed = resolvedLimitsSchema.parse(resolved);
  expect(resolvedLimitsSchema.parse(JSON.parse(JSON.stringify(parsed)))).toEqual(parsed);
});

test('resolved limits have every key and no other', () => {
  const { memory: _, ...incomplete } = limits;
  const misspelled = { ...limits, memmory: limits['memory'] };
  for (const wrong of [incomplete, misspelled]) {
    expect(resolvedLimitsSchema.safeParse({ ...resolved, limits: wrong }).success).toBe(false);
  }
});

test('a limit is never negative or infinite, and a flag is never unlimited', () => {
  const accepts = (key: string, value: unknown) =>
    resolvedLimitsSchema.safeParse({
      ...resolved,
      limits: { ...limits, [key]: { value, ...builtIn } },
    }).success;
  expect(accepts('max_cpus', null)).toBe(true);
  expect(accepts('max_cpus', 0)).toBe(true);
  expect(accepts('max_cpus', -1)).toBe(false);
  expect(accepts('max_cpus', Number.POSITIVE_INFINITY)).toBe(false);
  expect(accepts('allow_full_gpu', null)).toBe(false);
});

test('a problem has a place that starts at line 1, column 1', () => {
  const problem = {
    severity: 'error',
    code: 'config.unknown-key',
    message: 'Unknown key "memmory".',
    file: 'resource-limits.yaml',
    line: 1,
    column: 1,
    found: 'memmory',
    allowed: 'memory',
    suggestion: 'memory',
  };
  expect(configProblemSchema.safeParse(problem).success).toBe(true);
  expect(configProblemSchema.safeParse({ ...problem, line: 0 }).success).toBe(false);
});

test('site settings have a default for every key, and parsing them again changes nothing', () => {
  const defaults = siteSettingsSchema.parse({});
  expect(siteSettingsSchema.parse(defaults)).toEqual(defaults);
  expect(defaults.leases.reserve_ttl_s).toBe(60);
  expect(defaults.gate.mode).toBe('enforce');
});

test('site settings refuse unknown keys in every section', () => {
  const defaults = siteSettingsSchema.parse({});
  for (const section of ['', ...Object.keys(defaults)]) {
    const value = section === '' ? undefined : Reflect.get(defaults, section);
    if (section !== '' && (typeof value !== 'object' || value === null || Array.isArray(value))) {
      continue;
    }
    const changed = section === '' ? { unknown: 1 } : { [section]: { ...value, unknown: 1 } };
    expect([section, siteSettingsSchema.safeParse(changed).success]).toEqual([section, false]);
  }
});
