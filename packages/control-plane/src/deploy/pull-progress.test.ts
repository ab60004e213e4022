import { expect, test } from 'vitest';
import { createPullReport } from './pull-progress.ts';

function linesFor(
  ...events: readonly (readonly [layer: string | null, status: string, part?: number])[]
): readonly string[] {
  const lines: string[] = [];
  const report = createPullReport('x:1', (line) => lines.push(line));
  for (const [layer, status, part] of events) {
    report({
      layer,
      status,
      currentBytes: part === undefined ? null : part * 1000,
      totalBytes: part === undefined ? null : 1000,
    });
  }
  return lines;
}

test('a pull says how far it is, in steps, from download to unpacked', () => {
  expect(
    linesFor(
      ['latest', 'Pulling from library/x'],
      ['a', 'Pulling fs layer'],
      ['b', 'Pulling fs layer'],
      ['a', 'Downloading', 0.5],
      ['a', 'Downloading', 0.51],
      ['a', 'Download complete'],
      ['b', 'Already exists'],
      ['a', 'Extracting', 0.1],
      ['a', 'Extracting', 1],
      ['a', 'Pull complete'],
      [null, 'Digest: sha256:1'],
    ),
  ).toEqual(['pulling x:1: 15 %', 'pulling x:1: 35 %', 'pulling x:1: 70 %', 'pulling x:1: 100 %']);
});

test('a retried download doesn’t count backwards, and no size is no progress', () => {
  expect(
    linesFor(['a', 'Downloading', 0.9], ['a', 'Downloading', 0.1], ['a', 'Downloading']),
  ).toEqual(['pulling x:1: 60 %']);
});

test('a layer that is there already says nothing of those that are not', () => {
  expect(
    linesFor(
      ['a', 'Already exists'],
      ['b', 'Pulling fs layer'],
      ['b', 'Downloading', 0.5],
      ['b', 'Pull complete'],
    ),
  ).toEqual(['pulling x:1: 35 %', 'pulling x:1: 100 %']);
  expect(linesFor(['a', 'Already exists'])).toEqual([]);
});
