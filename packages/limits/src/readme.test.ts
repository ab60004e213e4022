import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explainIdleTimeout } from '../examples/explain-limits.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example of the README is the one that is tested', () => {
  const block = /```ts\n([^]*?)```/.exec(read('../README.md'))?.[1];
  expect(block).toBe(read('../examples/explain-limits.ts'));
});

test('the example says where a limit comes from', () => {
  const yaml = 'groups:\n  student:\n    members: [alice]\n    idle_timeout_h: 90m\n';
  expect(explainIdleTimeout(yaml, 'alice')).toEqual([
    '1.5 h, from resource-limits.yaml line 4 (group)',
  ]);
  expect(explainIdleTimeout('', 'alice')).toEqual(['0.5 h, from built-in']);
});

test('the example says what is wrong with a file', () => {
  const [line = '', ...others] = explainIdleTimeout('groups: {student: {idle_timeout: 1}}', 'bob');
  expect(others).toEqual([]);
  const printed = /```\n(resource-limits.yaml.*)\.\.\.\n```/.exec(read('../README.md'))?.[1];
  expect(printed).toBeTruthy();
  expect(line.startsWith(printed ?? 'nothing')).toBe(true);
});
