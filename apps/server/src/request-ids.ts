import { randomFillSync } from 'node:crypto';

const idBytes = 8;
/** Asked for at once: the kernel's randomness costs the same for one id as for many. */
const idsAtOnce = 512;

/** Makes ids of requests, 16 hexadecimal digits that nobody can guess. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(idBytes * idsAtOnce);
  let used = pool.length;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += idBytes;
    return pool.toString('hex', used - idBytes, used);
  };
}
