import { expect, test } from 'vitest';
import { createProgressLines, type ProgressLine } from './progress-lines.ts';

async function all(lines: AsyncIterable<ProgressLine>): Promise<readonly ProgressLine[]> {
  const found: ProgressLine[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

test('who follows gets each line once and in order, those that were there and those that come', async () => {
  const lines = createProgressLines();
  lines.add('a');
  const early = all(lines.after(0, undefined));
  const late = all(lines.after(2, undefined));
  lines.add('b');
  await Promise.resolve();
  lines.add('c');
  lines.end();
  const [a, b, c] = ['a', 'b', 'c'].map((progress, index) => ({ line: index + 1, progress }));
  expect(await early).toEqual([a, b, c]);
  expect(await late).toEqual([c]);
  expect(await all(lines.after(3, undefined))).toEqual([]);
  expect([lines.count, lines.last]).toEqual([3, 'c']);
});

test('only the newest lines are kept, by their number and their size', async () => {
  const many = createProgressLines();
  for (let line = 1; line <= 1500; line += 1) many.add(String(line));
  many.end();
  const kept = await all(many.after(0, undefined));
  expect([kept.length, kept[0], many.count]).toEqual([1000, { line: 501, progress: '501' }, 1500]);
  const long = createProgressLines();
  for (let line = 1; line <= 200; line += 1) long.add('x'.repeat(5000));
  long.end();
  expect(await all(long.after(0, undefined))).toHaveLength(65);
});

test('whoever leaves stops following', async () => {
  const lines = createProgressLines();
  const leaving = new AbortController();
  const followed = all(lines.after(0, leaving.signal));
  lines.add('a');
  await Promise.resolve();
  leaving.abort();
  lines.add('b');
  expect((await followed).length).toBeLessThan(2);
});
