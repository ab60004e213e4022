import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const examples = readdirSync(new URL('../examples', import.meta.url));

test('the README shows an example that the tests run', () => {
  const block = /```ts\n([^]*?)```/.exec(read('../README.md'))?.[1];
  expect(block).toBe(read('../examples/run-in-a-container.ts'));
});

test.each(examples)('%s takes about ten lines', (name) => {
  const lines = read(`../examples/${name}`)
    .split('\n')
    .filter((line) => line !== '' && !/^(?:import|\/\/|\/\*\*)/.test(line));
  expect(lines.length).toBeGreaterThan(0);
  expect(lines.length).toBeLessThanOrEqual(11);
});
