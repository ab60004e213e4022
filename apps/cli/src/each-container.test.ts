import { expect, test } from 'vitest';
import { previewText } from './each-container.ts';

test.each([
  ['stopped', 'it would be stopped', 'would be stopped'],
  ['restarted', 'it would be stopped and started', 'would be stopped and started'],
  ['retired', 'it would give back GPU 0', 'would be retired: it would give back GPU 0'],
  ['stopped', 'it was not running', 'would be stopped: it was not running'],
  ['started', null, 'would be started'],
])('a preview says once that it would be %s (%s)', (done, note, text) => {
  expect(previewText(done, note)).toBe(text);
});
