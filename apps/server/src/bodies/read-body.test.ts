import { Readable } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { maxBodyBytes, maxDroppedBytes, parseBody, readBody } from './read-body.ts';

const json = 'application/json';
const room = { take: () => undefined };

function messageOf(chunks: readonly (string | Uint8Array)[], headers: Record<string, string> = {}) {
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  return Object.assign(stream, { headers: { 'content-type': json, ...headers } });
}

test('any JSON object comes through, in whatever pieces it arrives', async () => {
  // Schemas drop this one key wherever it is sent.
  const keys = fc.string().filter((key) => key !== '__proto__');
  const values = fc.dictionary(keys, fc.jsonValue({ noUnicodeString: false }));
  await fc.assert(
    fc.asyncProperty(values, fc.integer({ min: 1, max: 7 }), async (value, size) => {
      const bytes = Buffer.from(JSON.stringify(value));
      const count = Math.ceil(bytes.length / size);
      const chunks = Array.from({ length: count }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      expect(JSON.stringify(await readBody(messageOf(chunks), room))).toBe(JSON.stringify(value));
    }),
  );
});

test('whatever else is sent is refused, never an unexpected failure', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1 }), fc.option(fc.string()), (bytes, type) => {
      try {
        parseBody(bytes, type ?? undefined);
      } catch (error) {
        expect(error).toMatchObject({
          code: expect.stringMatching(/^request\.(?:invalid|media-type)$/),
        });
      }
    }),
  );
});

test.each([
  ['no content type', '{}', undefined, 'request.media-type'],
  ['a form', 'a=b', 'application/x-www-form-urlencoded', 'request.media-type'],
  ['an array', '[]', json, 'request.invalid'],
  ['null', 'null', json, 'request.invalid'],
  ['half an object', '{"a":', json, 'request.invalid'],
])('%s is refused', (_, text, type, code) => {
  expect(() => parseBody(Buffer.from(text), type)).toThrow(expect.objectContaining({ code }));
});

test('a charset and letter case of the content type do not matter, an empty body is an empty object', () => {
  expect(parseBody(Buffer.from('{"a":1}'), 'Application/JSON; charset=utf-8')).toEqual({ a: 1 });
  expect(parseBody(new Uint8Array(0), undefined)).toEqual({});
});

test('a body that is too long is read to its end and refused', async () => {
  const message = messageOf([new Uint8Array(maxBodyBytes), 'x']);
  await expect(readBody(message, room)).rejects.toMatchObject({ code: 'request.too-large' });
  expect(message.readableEnded).toBe(true);
});

test('nothing is read of a body that says it is far too long, and not all of an endless one', async () => {
  const announced = messageOf(['{}'], { 'content-length': String(maxDroppedBytes + 1) });
  await expect(readBody(announced, room)).rejects.toMatchObject({ code: 'request.too-large' });
  expect(announced.readableDidRead).toBe(false);
  let sent = 0;
  const chunk = Buffer.alloc(65_536);
  const endless = new Readable({
    read() {
      sent += chunk.length;
      this.push(chunk);
    },
  });
  const message = Object.assign(endless, { headers: {} });
  await expect(readBody(message, room)).rejects.toMatchObject({ code: 'request.too-large' });
  expect(sent).toBeLessThan(2 * maxDroppedBytes);
  expect(endless.destroyed).toBe(false);
  endless.destroy();
});

test('a connection that breaks in the middle is request.invalid', async () => {
  const broken = new Readable({
    read() {
      this.destroy(new Error('aborted'));
    },
  });
  const message = Object.assign(broken, { headers: {} });
  await expect(readBody(message, room)).rejects.toMatchObject({ code: 'request.invalid' });
});
