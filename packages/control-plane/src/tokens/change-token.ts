import { ds01Error, type RouteOutput } from '@ds01/contracts';
import type { StoreTransaction, TokenRecord } from '@ds01/ports';
import { appendEvent } from '../events/record-event.ts';
import { loadCurrentPolicy } from '../policy.ts';
import type { ActingOnTokens } from './acting-on-tokens.ts';
import { aboutToken, refuseTooMany, refuseTooOften } from './create-token.ts';
import { findToken } from './find-token.ts';
import { stateOfToken, tokenViewOf } from './present-token.ts';
import { hashOfSecret, hintOfSecret, newSecret } from './token-secret.ts';

const dayMs = 86_400_000;

/** Ends a token, at once and for good. Fails with `token.not-found`; twice is as good as once. */
export function revokeToken(
  { deps, by, owner, options }: ActingOnTokens,
  { id }: { readonly id: string },
): RouteOutput<'tokens.revoke'> {
  const nowMs = deps.clock.nowMs();
  return deps.store.transaction((transaction) => {
    const found = findToken(transaction, { id, owner });
    if (found.revokedAtMs !== null) return tokenViewOf(found, nowMs);
    const ended = { ...found, revokedAtMs: nowMs };
    if (options.dryRun !== true) endToken(transaction, { token: found, by, nowMs });
    return tokenViewOf(ended, nowMs);
  });
}

/** Ends a token in an open transaction, and writes down who did. */
export function endToken(
  transaction: Pick<StoreTransaction, 'tokens' | 'events'>,
  {
    token,
    by,
    nowMs,
  }: { readonly token: TokenRecord; readonly by: string; readonly nowMs: number },
): void {
  transaction.tokens.put({ ...token, revokedAtMs: nowMs });
  appendEvent(transaction, { type: 'token.revoked', ...aboutToken(token, by) }, nowMs);
}

/**
 * Gives a token another secret and its whole life again, as far as the site still allows; the old
 * secret ends at once. Fails with `token.not-found`, also for one that was revoked, for one that has
 * expired with `token.too-many` like a new one, and with `rate.limited` as that does.
 */
export function rotateToken(
  { deps, by, owner, options }: ActingOnTokens,
  { id }: { readonly id: string },
): RouteOutput<'tokens.rotate'> {
  const { tokens: limits } = loadCurrentPolicy(deps, { dryRun: true }).settings;
  const nowMs = deps.clock.nowMs();
  const secret = newSecret(deps.ids);
  return deps.store.transaction((transaction) => {
    const found = findToken(transaction, { id, owner });
    if (found.revokedAtMs !== null) throw wasRevoked(found);
    if (stateOfToken(found, nowMs) !== 'active') {
      const owned = { name: found.user, uid: found.uid };
      refuseTooMany(transaction, { owner: owned, most: limits.per_user, nowMs });
    }
    refuseTooOften(transaction, { owner: { name: found.user, uid: found.uid }, by, nowMs });
    const lifeMs = (found.expiresAtMs ?? Number.POSITIVE_INFINITY) - found.createdAtMs;
    const rotated: TokenRecord = {
      ...found,
      hash: hashOfSecret(secret) ?? '',
      hint: hintOfSecret(secret),
      createdAtMs: nowMs,
      expiresAtMs: nowMs + Math.min(lifeMs, limits.longest_days * dayMs),
      lastUsedAtMs: null,
      lastUsedFrom: null,
    };
    const token = tokenViewOf(rotated, nowMs);
    if (options.dryRun === true) return { token, secret: '' };
    transaction.tokens.put(rotated);
    appendEvent(transaction, { type: 'token.rotated', ...aboutToken(rotated, by) }, nowMs);
    return { token, secret };
  });
}

function wasRevoked({ id, name }: TokenRecord) {
  return ds01Error('token.not-found', {
    message: `The token "${name}" was revoked; what was revoked stays so.`,
    hint: 'ds01 token create NAME',
    details: { token: id },
  });
}
