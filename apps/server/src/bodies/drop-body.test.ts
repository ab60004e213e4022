import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { dropBody } from './drop-body.ts';
import { maxDroppedBytes } from './read-body.ts';

test('a body is read to its end', async () => {
  const body = Readable.from([Buffer.alloc(100), Buffer.alloc(100)]);
  await dropBody(body);
  expect(body.readableEnded).toBe(true);
  await dropBody(body);
});

test('of one without an end only so much is read', async () => {
  let read = 0;
  const body = new Readable({
    read(size) {
      read += size;
      this.push(Buffer.alloc(size));
    },
  });
  await dropBody(body);
  expect(read).toBeLessThan(2 * maxDroppedBytes);
  body.destroy();
});

test('one that breaks is over', async () => {
  const body = new Readable({ read() {} });
  body.destroy(new Error('gone'));
  body.on('error', () => undefined);
  await expect(dropBody(body)).resolves.toBeUndefined();
});
