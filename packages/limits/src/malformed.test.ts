import { readdirSync, readFileSync } from 'node:fs';
import type { ConfigProblem } from '@ds01/contracts';
import { describe, expect, test } from 'vitest';
import { loadPolicy } from './load-policy.ts';
import { loadSiteSettings } from './site-settings.ts';

const folder = new URL('../fixtures/malformed/', import.meta.url);

/** A case: `## path` on the first line, the file's content, then `## line:column code found`. */
function readCase(name: string) {
  const [head = '', ...lines] = readFileSync(new URL(name, folder), 'utf8').split('\n');
  const end = lines.findIndex((line) => line.startsWith('## '));
  const text = lines.slice(0, end === -1 ? lines.length : end).join('\n');
  const expected = lines.filter((line) => line.startsWith('## ')).map((line) => line.slice(3));
  return { path: head.slice(3), text: `${text.trimEnd()}\n`, expected };
}

function problemsIn(path: string, text: string): readonly ConfigProblem[] {
  if (path === 'ds01.yaml') return loadSiteSettings({ path, text }).problems;
  const limits = { path: 'resource-limits.yaml', text: 'groups:\n  student:\n' };
  return loadPolicy(path === limits.path ? [{ path, text }] : [limits, { path, text }]).problems;
}

const names = readdirSync(folder);

describe('a malformed file gives all its problems with their places', () => {
  test.each(names)('%s', (name) => {
    const { path, text, expected } = readCase(name);
    const problems = problemsIn(path, text);
    const found = problems.map(({ line, column, severity, code, suggestion, found: written }) => {
      const hint = suggestion === null ? '' : ` -> ${suggestion}`;
      return `${line}:${column} ${severity} ${code} [${written}]${hint}`;
    });
    expect(found).toEqual(expected);
    expect(problems.every((problem) => problem.file === path)).toBe(true);
  });
});

test('the corpus has at least 30 files, and only errors keep a policy from loading', () => {
  expect(names.length).toBeGreaterThanOrEqual(30);
  for (const name of names) {
    const { path, text } = readCase(name);
    if (path === 'ds01.yaml' || path === 'lifecycle-exemptions.yaml') continue;
    const limits = { path: 'resource-limits.yaml', text: 'groups:\n  student:\n' };
    const { policy, problems } = loadPolicy(
      path === limits.path ? [{ path, text }] : [limits, { path, text }],
    );
    expect(policy === null).toBe(problems.some(({ severity }) => severity === 'error'));
  }
});
