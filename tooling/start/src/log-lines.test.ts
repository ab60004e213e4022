import { expect, test } from 'vitest';
import { readableLine } from './log-lines.ts';

test.each([
  [
    '{"time":"2026-01-02T05:21:07.123Z","level":"info","message":"request","requestId":"a1",' +
      '"operation":"containers.deploy","user":"alice","code":"ok","durationMs":411.6}',
    '05:21:07 alice containers.deploy ok 412 ms',
  ],
  ['{"time":"2026-01-02T05:21:07.123Z","level":"info","message":"ready"}', '05:21:07 ready'],
  [
    '{"time":"2026-01-02T05:21:07.123Z","level":"error","message":"not ready","reason":"x"}',
    '05:21:07 error: not ready',
  ],
  ['(node:12) Warning: something', '(node:12) Warning: something'],
])('%s', (line, readable) => {
  expect(readableLine(line)).toBe(readable);
});
