import type { Readable } from 'node:stream';
import { maxDroppedBytes } from './read-body.ts';

/** Whoever sends more slowly is answered while they still send. */
const longestMs = 3000;

/**
 * Reads the rest of a body that is refused and throws it away, as far as that is short: a client that
 * is still sending would find the connection closed instead of reading why.
 */
export async function dropBody(body: Readable): Promise<void> {
  if (body.readableEnded || body.destroyed) return;
  const done = Promise.withResolvers<void>();
  let length = 0;
  const count = (chunk: Uint8Array): void => {
    length += chunk.length;
    if (length <= maxDroppedBytes) return;
    body.pause();
    done.resolve();
  };
  const timer = setTimeout(done.resolve, longestMs);
  body.on('data', count).once('end', done.resolve).once('close', done.resolve);
  body.once('error', () => done.resolve());
  await done.promise;
  clearTimeout(timer);
  body.off('data', count).pause();
}
