import { usernameSchema } from '@ds01/contracts';
import type { ConfigProblem, LimitKey, ResolvedLimits } from '@ds01/contracts';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { limitKeys, limitKeySpecs } from './limit-keys.ts';
import { loadPolicy } from './load-policy.ts';
import { resolveLimits } from './resolve-limits.ts';
import { loadSiteSettings } from './site-settings.ts';

const limitsPath = 'resource-limits.yaml';
const alice = usernameSchema.parse('alice');

/** Values that any key of that kind takes; `memory` and its swap limit stay apart. */
const values: Partial<Record<LimitKey, fc.Arbitrary<unknown>>> = {
  max_gpu_equivalents: fc.constantFrom(null, 0, 0.5, 2, 'unlimited'),
  max_gpu_slots_per_container: fc.constantFrom(null, 1, 4),
  allow_full_gpu: fc.boolean(),
  max_cpus: fc.constantFrom(1, 2.5, 64, null),
  memory: fc.constantFrom('1g', '8g', '64g', null),
  pids_limit: fc.integer({ min: 1, max: 5000 }),
  max_tasks: fc.constantFrom(100, 200, null),
  idle_timeout_h: fc.constantFrom(0, 0.5, '90m', 'never', null),
  max_runtime_h: fc.constantFrom(12, '2d', 'indefinite'),
  ulimit_nofile: fc.constantFrom(1024, '1024:4096', null),
  'aggregate.cpu_quota': fc.constantFrom('400%', '9600%', null),
  'aggregate.tasks_max': fc.constantFrom(1000, null),
  'aggregate.gpu_limit': fc.constantFrom(1, 2.5, null),
  'policies.sigterm_grace_s': fc.constantFrom(30, '2m'),
  'policies.cpu_idle_threshold': fc.constantFrom(1, 3.5),
};
const keys = limitKeys.filter((key) => values[key] !== undefined);

type Flat = Partial<Record<LimitKey, unknown>>;
const layer: fc.Arbitrary<Flat> = fc.record(values, { requiredKeys: [] });

function nest(flat: Flat, order: readonly LimitKey[] = keys): Record<string, unknown> {
  const nested: Record<string, Record<string, unknown>> = {};
  const top: Record<string, unknown> = {};
  for (const key of order) {
    if (!(key in flat)) continue;
    const [section = '', inner] = key.split('.');
    if (inner === undefined) top[key] = flat[key];
    else nested[section] = { ...nested[section], [inner]: flat[key] };
  }
  return { ...top, ...nested };
}

interface Layers {
  readonly defaults: Flat;
  readonly group: Flat;
  readonly override: Flat;
}
const layers: fc.Arbitrary<Layers> = fc.record({ defaults: layer, group: layer, override: layer });

function documentOf({ defaults, group, override }: Layers, order = keys) {
  return {
    defaults: nest(defaults, order),
    groups: { student: nest(group, order) },
    user_overrides: { alice: nest(override, order) },
  };
}

function resolve(document: unknown): ResolvedLimits {
  const { policy, problems } = loadPolicy([{ path: limitsPath, text: stringify(document) }]);
  if (policy === null) throw new Error(JSON.stringify(problems));
  return resolveLimits(policy, alice).resolved;
}

const valuesOf = ({ limits }: ResolvedLimits) =>
  Object.fromEntries(limitKeys.map((key) => [key, limits[key].value]));
const withLayers = ({ limits }: ResolvedLimits) =>
  Object.fromEntries(limitKeys.map((key) => [key, [limits[key].value, limits[key].layer]]));

describe('resolving', () => {
  test('is idempotent: what was resolved, written as an override, resolves to itself', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const once = valuesOf(resolve(documentOf(given)));
        const again = { ...documentOf(given), user_overrides: { alice: nest(once, limitKeys) } };
        expect(valuesOf(resolve(again))).toEqual(once);
      }),
      { seed: 1 },
    );
  });

  test('does not depend on the order of keys', () => {
    const shuffled = fc.shuffledSubarray([...keys], { minLength: keys.length });
    fc.assert(
      fc.property(layers, shuffled, (given, order) => {
        const backwards = Object.fromEntries(Object.entries(documentOf(given, order)).toReversed());
        expect(withLayers(resolve(backwards))).toEqual(withLayers(resolve(documentOf(given))));
      }),
      { seed: 2 },
    );
  });

  test('takes each key from the strongest layer that has it, and points at its line', () => {
    fc.assert(
      fc.property(layers, (given) => {
        const document = documentOf(given);
        const lines = stringify(document).split('\n');
        const { limits } = resolve(document);
        for (const key of keys) {
          if (key === 'aggregate.tasks_max') continue;
          const strongest = (['override', 'group', 'defaults'] as const).find(
            (name) => key in given[name],
          );
          expect(limits[key].layer).toBe(strongest ?? 'built-in');
          const { line } = limits[key];
          const written = line === null ? null : (lines[line - 1]?.trim().split(':', 1)[0] ?? '');
          expect(written).toBe(line === null ? null : key.split('.').at(-1));
        }
      }),
      { seed: 3 },
    );
  });

  test('a former name in a weaker layer never shadows a stronger one', () => {
    const names = limitKeys.flatMap((key) =>
      (limitKeySpecs[key].aliases ?? []).flatMap((alias) => [
        [key, alias, key] as const,
        [key, key, alias] as const,
        [key, alias, alias] as const,
      ]),
    );
    fc.assert(
      fc.property(fc.constantFrom(...names), ([key, weaker, stronger]) => {
        const document = {
          defaults: { [weaker]: 7 },
          groups: { student: { [stronger]: 3 } },
        };
        expect(resolve(document).limits[key]).toMatchObject({ value: 3, layer: 'group' });
      }),
      { seed: 4 },
    );
  });
});

function expectInside(problems: readonly ConfigProblem[], texts: ReadonlyMap<string, string>) {
  for (const problem of problems) {
    if (problem.code === 'config.missing-file') continue;
    const lines = (texts.get(problem.file) ?? '').split('\n');
    expect(problem.line).toBeGreaterThanOrEqual(1);
    expect(problem.line).toBeLessThanOrEqual(lines.length);
    expect(problem.column).toBeGreaterThanOrEqual(1);
    expect(problem.column).toBeLessThanOrEqual((lines[problem.line - 1] ?? '').length + 1);
  }
}

const fragments = fc
  .array(
    fc.constantFrom(
      'defaults:',
      'groups:',
      'student:',
      'memory:',
      'max_cpus',
      ': ',
      '\n',
      '\n  ',
      '\n    ',
      '- ',
      '32g',
      '-1',
      'null',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      '&a ',
      '*a',
      '<<: ',
      '? ',
      '#',
      '!x ',
      '|',
      '---\n',
      '%YAML 1.1\n',
      '\t',
      '\r\n',
      'é',
      '\u0000',
      'exemptions:',
      'username',
      '0.5',
      ',',
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));
const anyText = fc.oneof(fc.string({ maxLength: 200 }), fc.string({ unit: 'binary' }), fragments);

describe('any text', () => {
  test('never throws, has its problems inside the file, and loads exactly without errors', () => {
    const names = [
      limitsPath,
      'user-overrides.yaml',
      'groups/student.members',
      'lifecycle-exemptions.yaml',
    ];
    fc.assert(
      fc.property(fc.constantFrom(...names), anyText, (path, text) => {
        const files = [
          ...(path === limitsPath ? [] : [{ path: limitsPath, text: '' }]),
          { path, text },
        ];
        const { policy, problems } = loadPolicy(files);
        expectInside(problems, new Map(files.map((file) => [file.path, file.text])));
        const errors = problems.filter(
          ({ severity, file }) => severity === 'error' && file !== 'lifecycle-exemptions.yaml',
        );
        expect(policy === null).toBe(errors.length > 0);
        if (policy !== null) resolveLimits(policy, alice);
      }),
      { seed: 5, numRuns: 1500 },
    );
  });

  test('as ds01.yaml never throws, and gives settings or problems inside the file', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { settings, problems } = loadSiteSettings({ path: 'ds01.yaml', text });
        expectInside(problems, new Map([['ds01.yaml', text]]));
        expect(settings === null).toBe(problems.length > 0);
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test('nested without end is a problem, not a crash', () => {
    for (const text of ['['.repeat(20_000), '{a: '.repeat(20_000), '- '.repeat(20_000)]) {
      expect(loadPolicy([{ path: limitsPath, text }]).policy).toBeNull();
    }
  });

  test('mappings that merge themselves end', () => {
    const text = 'defaults: &a\n  <<: *a\n  max_cpus: 2\ngroups:\n  student: {<<: [*a, *a]}\n';
    const { policy } = loadPolicy([{ path: limitsPath, text }]);
    expect(policy && resolveLimits(policy, alice).resolved.limits.max_cpus.value).toBe(2);
  });
});

test('every built-in value is a value that the file could hold', () => {
  const builtIn = Object.fromEntries(limitKeys.map((key) => [key, limitKeySpecs[key].builtIn]));
  const { limits } = resolve({ defaults: nest(builtIn, limitKeys) });
  for (const key of limitKeys) expect([key, limits[key].value]).toEqual([key, builtIn[key]]);
});
