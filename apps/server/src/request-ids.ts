import { randomFillSync } from 'node:crypto';

const idBytes = 8;
/** Asked for at once: the kernel's randomness costs the same for one id as for many. */
const idsAtOnce = 512;

/** Makes ids of requests, 16 hexadecimal digits that nobody can guess. */
export function createRequestIds(): () => string {
  const pool = Buffer.alloc(idBytes * idsAtOnce);
  let digits = '';
  let used = 0;
  return () => {
    if (used === digits.length) {
      digits = randomFillSync(pool).toString('hex');
      used = 0;
    }
    used += 2 * idBytes;
    return digits.slice(used - 2 * idBytes, used);
  };
}
