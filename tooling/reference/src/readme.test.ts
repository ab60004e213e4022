import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readCommandTable } from './command-table.ts';

const root = join(import.meta.dirname, '../../..');
const readme = read('README.md');

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function exampleOf(text: string): string {
  const example = /```ts\n[^]*?```\n\n[^\n]*\n\n```\n[^]*?```/.exec(text)?.[0];
  if (example === undefined) throw new Error('no example in the README of the package');
  return example;
}

test.each(['gpu-allocator', 'limits'])('the example of %s is the one its own tests run', (name) => {
  expect(readme).toContain(exampleOf(read(`packages/${name}/README.md`)));
});

test('every command of the table is there, and every available command is in the table', () => {
  const { commands } = readCommandTable(root, 'cli');
  const table = /\| command +\|[^]*?\n\n/.exec(readme)?.[0] ?? '';
  const missing = commands
    .filter(({ available, verb }) => available && verb !== 'version')
    .filter(({ verb }) => !new RegExp(`[\`/ ]${verb}\\b`).test(table));
  expect(missing.map(({ noun, verb }) => `${noun ?? ''} ${verb}`)).toEqual([]);
  const named = [...table.matchAll(/`ds01 ([\w-]+)(?: (\w[\w-]*))?/g)].map((match) =>
    match.slice(1, 3),
  );
  const known = named.filter(([first, second]) =>
    commands.some(({ noun, verb }) =>
      noun === null ? verb === first : noun === first && verb === second,
    ),
  );
  expect(known).toEqual(named);
});

test('every command for administrators is in a table too', () => {
  const { commands } = readCommandTable(root, 'admin');
  const named = [...readme.matchAll(/^\| `ds01-admin ([a-z -]*[a-z])/gm)].map((match) => match[1]);
  expect(named).toEqual(
    commands.map(({ noun, verb }) => (noun === null ? verb : `${noun} ${verb}`)),
  );
});
