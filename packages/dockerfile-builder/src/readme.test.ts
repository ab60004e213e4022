import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { thesisImage } from '../examples/thesis-image.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const section = /## A recipe to a Dockerfile in ten lines\n([^]*?)\n## /.exec(readme)?.[1] ?? '';

test('the example of the README is the one that is tested', () => {
  const example = readFileSync(new URL('../examples/thesis-image.ts', import.meta.url), 'utf8');
  expect(/```ts\n([^]*?)```/.exec(section)?.[1]).toBe(example);
  const root = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
  expect(root).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
});

test('what the README says that the example gives is what it gives', () => {
  const dockerfile = thesisImage('torch', 'transformers>=4.40', 'peft; python_version<"3.13"');
  const printed = /```dockerfile\n([^]*?)```/.exec(section)?.[1] ?? 'nothing';
  expect(dockerfile).toContain(printed);
});

test('what the README says of a mistake is what the example says', () => {
  expect(section).toContain(thesisImage('--index-url=http://example.org'));
});
