import { usernameSchema, type RouteOutput } from '@ds01/contracts';
import type { TokenRecord } from '@ds01/ports';
import { pageOf, type PageWanted } from '../page.ts';
import type { ActingOnTokens } from './acting-on-tokens.ts';
import { tokensOf } from './find-token.ts';
import { stateOfToken, tokenViewOf } from './present-token.ts';

/** Tokens that count, newest first, or (`all`) those that ended as well. */
export function listTokens(
  { deps, owner }: Pick<ActingOnTokens, 'deps' | 'owner'>,
  input: { readonly all: boolean; readonly user: string | null } & PageWanted,
): RouteOutput<'admin.tokens'> {
  const nowMs = deps.clock.nowMs();
  const user = input.user === null ? null : (usernameSchema.safeParse(input.user).data ?? '');
  const isMeant = (token: TokenRecord): boolean =>
    (user === null || token.user === user) &&
    (input.all || stateOfToken(token, nowMs) === 'active');
  const found = deps.store.transaction((transaction) => tokensOf(transaction, owner));
  const order = {
    list: owner === null ? 'admin.tokens' : 'tokens.list',
    keyOf: ({ id }: TokenRecord) => [id],
    descending: true,
  };
  const { items, nextCursor } = pageOf(found.filter(isMeant), input, order);
  return { tokens: items.map((record) => tokenViewOf(record, nowMs)), nextCursor };
}
