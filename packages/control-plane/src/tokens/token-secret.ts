import { createHash } from 'node:crypto';
import { tokenSecretPattern } from '@ds01/contracts/service';
import type { Ids } from '@ds01/ports';

const prefix = 'ds01_';
const timeDigits = 9;
const randomDigits = 11;
/** Characters of a secret that are kept, to tell tokens apart. */
const hintCharacters = 4;

/** A secret of 256 random bits, `ds01_…`. */
export function newSecret(ids: Pick<Ids, 'hex'>): string {
  return `${prefix}${Buffer.from(ids.hex(64), 'hex').toString('base64url')}`;
}

/** Id of a new token; ids sort by the time at which they were made. */
export function newTokenId(ids: Pick<Ids, 'hex'>, nowMs: number): string {
  const time = Math.floor(nowMs).toString(36).padStart(timeDigits, '0');
  return `t${time}${ids.hex(randomDigits)}`;
}

/**
 * What is kept of a secret: its SHA-256. A salt or a slow hash would protect secrets that can be
 * guessed; one of 256 random bits can't. `null` for text that is no secret of a token.
 */
export function hashOfSecret(secret: string): string | null {
  if (!tokenSecretPattern.test(secret)) return null;
  return createHash('sha256').update(secret, 'utf8').digest('hex');
}

/** The beginning of a secret, for people. */
export function hintOfSecret(secret: string): string {
  return `${secret.slice(0, prefix.length + hintCharacters)}…`;
}
