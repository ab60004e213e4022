import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { exportFlagOf, writeThrough } from './export-events.ts';

test('what is exported goes through as it is, no faster than it is taken', async () => {
  let sent = 0;
  async function* chunks() {
    for (; sent < 100; sent += 1) yield { bytes: new TextEncoder().encode(`{"id":${sent}}\n`) };
  }
  const target = new PassThrough({ highWaterMark: 32 });
  const written = writeThrough(chunks(), target, new AbortController().signal);
  await new Promise((resolve) => setImmediate(resolve));
  expect(sent).toBeLessThan(20);
  const taken = text(target);
  await written;
  target.end();
  expect((await taken).split('\n')).toHaveLength(101);
});

test.each([
  [{ jsonl: true }, 'jsonl'],
  [{ export: true, since: '2h' }, 'export'],
  [{ follow: true }, null],
])('of %j the flag is %s', (flags, expected) => {
  expect(exportFlagOf(flags, 'ds01 events')).toBe(expected);
});

test.each([{ follow: true }, { summary: true }, { limit: '5' }])(
  '%j does not go with it',
  (flags) => {
    expect(() => exportFlagOf({ jsonl: true, ...flags }, 'ds01 events')).toThrow(
      "don't go together",
    );
  },
);
