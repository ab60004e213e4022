import { ds01Error } from '@ds01/contracts';
import type { HostAccount, StoreTransaction, TokenRecord } from '@ds01/ports';

/** Whose tokens are meant; `null` is everybody's. */
export type TokensOwner = Pick<HostAccount, 'name' | 'uid'> | null;

/**
 * Tokens of an account, newest first. Name and uid both have to be its own: who was given a uid, or a
 * name, that somebody had before sees nothing of theirs.
 */
export function tokensOf(
  { tokens }: Pick<StoreTransaction, 'tokens'>,
  owner: TokensOwner,
): readonly TokenRecord[] {
  const found = tokens.list(owner?.uid ?? null);
  return owner === null ? found : found.filter(({ user }) => user === owner.name);
}

/** One of {@link tokensOf}. Fails with `token.not-found`, also for another's. */
export function findToken(
  { tokens }: Pick<StoreTransaction, 'tokens'>,
  { id, owner }: { readonly id: string; readonly owner: TokensOwner },
): TokenRecord {
  const found = tokens.get(id);
  const isMeant =
    found !== null && (owner === null || (found.uid === owner.uid && found.user === owner.name));
  if (isMeant) return found;
  throw ds01Error('token.not-found', {
    message: `There is no token ${JSON.stringify(id)}.`,
    hint: owner === null ? 'ds01-admin token list' : 'ds01 token list',
    details: { token: id },
  });
}
