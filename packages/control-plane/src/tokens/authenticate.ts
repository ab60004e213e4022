import type { HostAccount, TokenRecord } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { stateOfToken } from './present-token.ts';
import { hashOfSecret } from './token-secret.ts';

/** What tokens are looked up with. */
export type TokenDependencies = Pick<ControlPlaneDependencies, 'store' | 'clock'>;

/** How often a use of a token is written down. */
const notedEveryMs = 60_000;

/**
 * The token that counts now with this secret; `null` for an unknown, expired or revoked one, without
 * saying which. Its last use is written down, once a minute. Who has it is still to be checked with
 * {@link belongsTo}.
 */
export function authenticate(
  { store, clock }: TokenDependencies,
  secret: string,
  from: string,
): TokenRecord | null {
  const hash = hashOfSecret(secret);
  if (hash === null) return null;
  const nowMs = clock.nowMs();
  return store.transaction(({ tokens }) => {
    const found = tokens.byHash(hash);
    if (found === null || stateOfToken(found, nowMs) !== 'active') return null;
    const isRecent = Math.abs(nowMs - (found.lastUsedAtMs ?? 0)) < notedEveryMs;
    if (!isRecent) tokens.put({ ...found, lastUsedAtMs: nowMs, lastUsedFrom: from });
    return found;
  });
}

/** The token of this id if it still counts, with the secret that it had. */
export function stillCounts(
  { store, clock }: TokenDependencies,
  { id, hash }: Pick<TokenRecord, 'id' | 'hash'>,
): boolean {
  const found = store.transaction(({ tokens }) => tokens.get(id));
  return found?.hash === hash && stateOfToken(found, clock.nowMs()) === 'active';
}

/** True while the account that a token was made for is still there: its name with its uid. */
export function belongsTo(
  { user, uid }: Pick<TokenRecord, 'user' | 'uid'>,
  account: Pick<HostAccount, 'name' | 'uid'> | null,
): boolean {
  return account !== null && account.name === user && account.uid === uid;
}
