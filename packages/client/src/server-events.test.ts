import fc from 'fast-check';
import { expect, test } from 'vitest';
import { linesOf } from './lines.ts';
import { serverEventsOf, type ServerEvent } from './server-events.ts';

async function all<T>(items: AsyncIterable<T>): Promise<readonly T[]> {
  const got: T[] = [];
  for await (const item of items) got.push(item);
  return got;
}

/** The bytes of a text in pieces that may cut characters. */
async function* pieces(text: string, length: number): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += length) yield bytes.subarray(at, at + length);
}

const line = fc.string({ unit: fc.constantFrom('a', 'ä', '😀', ':', ' ', '{', '"') });
const sizes = fc.integer({ min: 1, max: 9 });

test('lines arrive whole, however the bytes are cut', async () => {
  const ends = fc.constantFrom('\n', '\r\n');
  await fc.assert(
    fc.asyncProperty(fc.array(line), ends, sizes, async (lines, end, size) => {
      const text = lines.map((one) => one + end).join('');
      expect(await all(linesOf(pieces(text, size)))).toEqual(lines);
    }),
  );
});

test('events arrive whole, with the id that counts then', async () => {
  const event = fc.record({
    id: fc.option(fc.nat().map(String)),
    type: fc.option(fc.constantFrom('end', 'problem')),
    data: fc.array(line, { minLength: 1 }),
    comment: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(event), sizes, async (events, size) => {
      let text = 'retry: 2000\n\n';
      let lastId: string | null = null;
      const expected: ServerEvent[] = [];
      for (const { id, type, data, comment } of events) {
        if (comment) text += ': nothing new\n\n';
        if (type !== null) text += `event: ${type}\n`;
        if (id !== null) text += `id: ${id}\n`;
        text += `${data.map((one) => `data: ${one}\n`).join('')}\n`;
        lastId = id ?? lastId;
        expected.push({ type: type ?? 'message', data: data.join('\n'), lastId });
      }
      const cut = `${text}id: 99\ndata: never`;
      expect(await all(serverEventsOf(pieces(cut, size)))).toEqual(expected);
    }),
  );
});
