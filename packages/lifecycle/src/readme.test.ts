import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { watchIdleness } from '../examples/watch-idleness.ts';
import {
  minute,
  ordinary,
  runningContainer,
  studentLimits,
  studentPolicy,
} from './testing/life.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example of the README is the one that is tested', () => {
  const block = /```ts\n([^]*?)```/.exec(read('../README.md'))?.[1];
  expect(block).toBe(read('../examples/watch-idleness.ts'));
});

test('the example gives what the README prints', () => {
  const watched = {
    container: runningContainer,
    limits: studentLimits,
    policy: { ...studentPolicy, gracePeriodMs: 5 * minute },
    situation: ordinary,
  };
  const printed = /```\n(\d+: warn[^]*?)```/.exec(read('../README.md'))?.[1];
  const lines = watchIdleness(watched, (at) => (at < 39.5 ? 80 : 0));
  expect(`${lines.join('\n')}\n`).toBe(printed);
});
