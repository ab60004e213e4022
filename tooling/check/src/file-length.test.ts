import { expect, test } from 'vitest';
import { findLongFiles } from './file-length.ts';

const ofLines = (lines: number) => [{ path: 'a.ts', text: 'x\n'.repeat(lines) }];

test('300 lines are allowed, 301 are not', () => {
  expect(findLongFiles(ofLines(300))).toEqual([]);
  expect(findLongFiles(ofLines(301))[0]?.message).toMatch('301 lines');
});
