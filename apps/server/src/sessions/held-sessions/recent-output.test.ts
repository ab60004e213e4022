import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRecentOutput } from './recent-output.ts';

test('the last bytes are kept, however they came', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 9000 }), { maxLength: 12 });
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 10_000 }), (parts, limit) => {
      const output = createRecentOutput(() => limit);
      for (const part of parts) output.push(part);
      const all = Buffer.concat(parts);
      expect(output.bytes().equals(all.subarray(Math.max(0, all.length - limit)))).toBe(true);
    }),
  );
});

test('a limit that becomes smaller holds from the next output on, a larger one keeps all', () => {
  let limit = 8192;
  const output = createRecentOutput(() => limit);
  output.push(Buffer.alloc(8000, 'a'));
  limit = 5000;
  output.push(Buffer.from('b'));
  expect(output.bytes().toString()).toBe(`${'a'.repeat(4999)}b`);
  limit = 10_000;
  output.push(Buffer.from('c'));
  expect(output.bytes().toString()).toBe(`${'a'.repeat(4999)}bc`);
});
