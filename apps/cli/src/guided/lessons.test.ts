import { nameOf, parseCommandLine, textWidth, wrapText } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { commandTable } from '../command-table.ts';
import { program } from '../program.ts';
import { lessons } from './lessons.ts';

const available = commandTable.filter(({ load }) => load !== null).map(nameOf);
const paragraphs = Object.entries(lessons).flatMap(([name, { before, after }]) =>
  [...before, ...after].map((text) => [name, text] as const),
);

test('every command has a lesson', () => {
  expect(available.filter((name) => lessons[name] === undefined)).toEqual([]);
});

test('what a lesson says to type is a command', () => {
  const typed = paragraphs.flatMap(([, text]) =>
    [...text.matchAll(/`([^`]+)`/g)].map(([, it]) => it),
  );
  expect(typed.length).toBeGreaterThan(10);
  for (const line of typed) {
    const [first, ...words] = (line ?? '').split(' ');
    expect(first).toBe('ds01');
    expect(() => parseCommandLine(program, 'ds01', words), line).not.toThrow();
  }
});

test('lessons are short: a screen, in paragraphs of a few lines', () => {
  for (const [name, { before, after }] of Object.entries(lessons)) {
    const lines = [...before, ...after].flatMap((text) => wrapText(text, 72));
    expect(lines.length, name).toBeLessThanOrEqual(16);
    for (const text of before) expect(textWidth(text), text).toBeLessThanOrEqual(330);
  }
});

test.each(paragraphs)('the lesson %j is true of any site', (_, text) => {
  expect(text).not.toMatch(/\d+ ?(?:h|GB|GiB|minutes|hours|days)\b|@|https?:/);
});
