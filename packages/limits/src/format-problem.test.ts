import { expect, test } from 'vitest';
import { formatProblem } from './derived-limits.ts';
import { loadPolicy } from './load-policy.ts';

function lineOf(text: string): string | undefined {
  const { problems } = loadPolicy([{ path: 'resource-limits.yaml', text }]);
  return problems.map(formatProblem)[0];
}

test('a problem says what was found and what is allowed, each once', () => {
  expect(lineOf('defaults: { max_cpus: many }\n')).toBe(
    'resource-limits.yaml:1:23: error: defaults.max_cpus must be a number from 0.01 to 10000, ' +
      'or null for no limit. Found: many.',
  );
  expect(lineOf('groups: { student: { idle_timeout: 1 } }\n')).toMatch(
    /Unknown key "idle_timeout" in groups\.student\. Did you mean "idle_timeout_h"\? Allowed: max_/,
  );
});
