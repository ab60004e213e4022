import type { TokenRecord } from '@ds01/ports';
import { createOpenUses, type OpenUses } from './open-uses.ts';

/** Connections on which a token is being used. */
export type OpenTokens = OpenUses<TokenRecord>;

/**
 * No token is being used. A token that is revoked, expires or loses its account ends what was begun
 * with it, too.
 */
export function createOpenTokens(
  counts: (token: TokenRecord) => boolean | Promise<boolean>,
): OpenTokens {
  return createOpenUses(({ id, hash }) => `${id} ${hash}`, counts);
}
