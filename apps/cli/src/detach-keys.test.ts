import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createDetachKeys } from './detach-keys.ts';

const detachKeys = Buffer.from([0x10, 0x11]);

async function passedOn(chunks: readonly Uint8Array[]) {
  let detached = 0;
  const keys = createDetachKeys(() => (detached += 1));
  const passed = buffer(keys);
  for (const chunk of chunks) keys.write(chunk);
  keys.end();
  return { bytes: await passed, detached };
}

test('Ctrl-P Ctrl-Q detaches, and nothing after it is passed on', async () => {
  expect(await passedOn([Buffer.from('ab\u0010\u0011cd'), Buffer.from('ef')])).toEqual({
    bytes: Buffer.from('ab'),
    detached: 1,
  });
});

test('the keys may come one at a time, after a Ctrl-P that stands for itself', async () => {
  const typed = ['a', '\u0010', '\u0010', '\u0011', 'b'].map((key) => Buffer.from(key));
  expect(await passedOn(typed)).toEqual({ bytes: Buffer.from('a\u0010'), detached: 1 });
});

test('a Ctrl-P with another key behind it, or at the end, is passed on', async () => {
  const typed = [Buffer.from('\u0010x\u0011'), Buffer.from('\u0010')];
  expect(await passedOn(typed)).toEqual({ bytes: Buffer.from('\u0010x\u0011\u0010'), detached: 0 });
});

test('however typing is cut into chunks, what comes before the keys arrives', async () => {
  const byte = fc.constantFrom(0x10, 0x11, 0x61, 0xff);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(byte)), async (parts) => {
      const chunks = parts.map((part) => Buffer.from(part));
      const all = Buffer.concat(chunks);
      const at = all.indexOf(detachKeys);
      expect(await passedOn(chunks)).toEqual({
        bytes: at === -1 ? all : all.subarray(0, at),
        detached: at === -1 ? 0 : 1,
      });
    }),
  );
});

test('a Ctrl-P that is followed by nothing soon is passed on, and a later Ctrl-Q is only that', async () => {
  let detached = 0;
  const keys = createDetachKeys(() => (detached += 1), 0);
  const passed = keys[Symbol.asyncIterator]();
  keys.write(Buffer.from([0x10]));
  expect(await passed.next()).toMatchObject({ value: Buffer.from([0x10]) });
  keys.end(Buffer.from([0x11]));
  expect(await passed.next()).toMatchObject({ value: Buffer.from([0x11]) });
  expect(detached).toBe(0);
});
