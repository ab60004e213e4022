import { plainScreen } from '@ds01/command-line';
import { expect, test } from 'vitest';
import { historyText } from './image-history.ts';

test('why a build failed is one line that can’t command the terminal', () => {
  const version = {
    build: 'b20261122-1',
    tags: [],
    id: null,
    current: false,
    state: 'failed',
    reason: 'a registry says\n\u001B]0;title\u0007\u009B2J no',
    createdAt: '2026-11-22T12:00:00.000Z',
    durationMs: 1,
    sizeBytes: null,
    containers: [],
  } as const;
  const text = historyText(
    { name: 'thesis', versions: [{ ...version, tags: [], containers: [] }] },
    { screen: plainScreen, nowMs: 0 },
  );
  expect(text.split('\n').at(-1)).toBe('b20261122-1: a registry says no');
});
