import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { limitKeySchema } from '@ds01/contracts';
import { expect, test } from 'vitest';
import { decisionsPage } from './decisions-page.ts';
import { limitGroups } from './limit-texts.ts';
import { table } from './markdown.ts';
import { referencePages } from './pages.ts';

const root = join(import.meta.dirname, '../../..');
const folder = join(root, 'docs/reference');

test('docs/reference is what `pnpm reference` makes of the code', () => {
  const committed = Object.fromEntries(
    readdirSync(folder)
      .filter((name) => name !== 'README.md')
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
  expect(committed).toEqual(referencePages(root));
});

test('docs/adr has a list of all decisions, each with a number of its own', () => {
  const decisions = join(root, 'docs/adr');
  expect(readFileSync(join(decisions, 'README.md'), 'utf8')).toBe(decisionsPage(root));
  const numbers = readdirSync(decisions).flatMap((name) => /^\d{4}/.exec(name) ?? []);
  expect(new Set(numbers).size).toBe(numbers.length);
});

test('every limit stands in exactly one section', () => {
  for (const key of limitKeySchema.options) {
    expect(
      limitGroups.filter(({ includes }) => includes(key)),
      key,
    ).toHaveLength(1);
  }
});

test('a bar in a cell does not end the cell', () => {
  expect(table(['a'], [['x | y']])).toBe(['| a      |', '| ------ |', '| x \\| y |'].join('\n'));
});
