import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { nameContainer } from '../examples/name-a-container.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

/** What stands in blocks of three backticks, in order. */
const blocks = [...read('../README.md').matchAll(/```\w*\n([^]*?)```/g)].map(([, text]) => text);

test('the example of the README is the one that is tested, and so is what it says', () => {
  const said = ['thesis', 'My Thesis', 'thesis!'].map((typed) => nameContainer('alice', typed));
  expect(blocks).toEqual([read('../examples/name-a-container.ts'), `${said.join('\n')}\n`]);
});
