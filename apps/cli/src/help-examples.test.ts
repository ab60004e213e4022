import { helpText, nounsOf, phrasesOf, plainScreen } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { commandTable } from './command-table.ts';
import { program } from './program.ts';
import { topics } from './topics.ts';

/** What `e2e/docs.e2e.test.ts` runs. */
const run = new Set([
  ...commandTable.filter(({ load }) => load !== null).map(({ example }) => example),
  ...topics.flatMap(({ examples }) => examples),
]);

const subjects = [
  ...new Set([
    ...phrasesOf(commandTable).keys(),
    ...nounsOf(commandTable),
    ...commandTable.map(({ verb }) => verb),
    ...topics.map(({ name }) => name),
    ...Object.values(program.helpNames ?? {}).flatMap((topic) => topic ?? []),
  ]),
];

test.each(subjects)('help %s has an example, and it is one that is run', async (subject) => {
  const text = await helpText(program, subject.split(' '), plainScreen);
  const examples = text.split(/^Examples?:\n/m)[1]?.split('\n') ?? [];
  expect(examples).not.toEqual([]);
  expect(examples.filter((example) => !run.has(example.trim()))).toEqual([]);
});
