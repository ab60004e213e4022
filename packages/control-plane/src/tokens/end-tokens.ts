import type { Username } from '@ds01/contracts';
import type { StoreTransaction, TokenRecord } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { endToken } from './change-token.ts';

/** Tokens of a name that count or would, whatever uid it had when they were made. */
export function tokensOfName(
  { tokens }: Pick<StoreTransaction, 'tokens'>,
  user: Username,
): readonly TokenRecord[] {
  return tokens.list(null).filter((token) => token.user === user && token.revokedAtMs === null);
}

/** Ends all tokens of somebody who leaves; what was begun with them ends within seconds. */
export function endTokensOf(
  { store, clock }: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  { user, by }: { readonly user: Username; readonly by: Username },
): void {
  const nowMs = clock.nowMs();
  store.transaction((transaction) => {
    for (const token of tokensOfName(transaction, user))
      endToken(transaction, { token, by, nowMs });
  });
}
