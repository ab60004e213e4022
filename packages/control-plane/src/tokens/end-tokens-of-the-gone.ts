import type { TokenRecord } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { belongsTo } from './authenticate.ts';
import { endToken } from './change-token.ts';

/** Who ended them, as events say it. */
const by = 'ds01';
/** A name service that fails says that there is nobody, too; rarely for so long. */
const goneAfterMs = 24 * 3_600_000;

type Deps = Pick<ControlPlaneDependencies, 'store' | 'clock' | 'accounts'>;

/**
 * Ends tokens of accounts that are gone: of a name that has another uid now at once, of one that nobody
 * had at each look for a day. A token whose account is gone never counts; but who is given the same
 * name and uid years later would have it again. The function looks once; it fails with what the name
 * service fails with.
 */
export function createEndTokensOfTheGone({ store, clock, accounts }: Deps): () => Promise<void> {
  const goneSinceMs = new Map<string, number>();
  const isGone = async (token: TokenRecord): Promise<boolean> => {
    const account = await accounts.byName(token.user);
    if (account !== null) {
      goneSinceMs.delete(token.user);
      return !belongsTo(token, account);
    }
    const nowMs = clock.nowMs();
    const sinceMs = goneSinceMs.get(token.user) ?? nowMs;
    goneSinceMs.set(token.user, sinceMs);
    return nowMs - sinceMs >= goneAfterMs;
  };
  return async () => {
    const kept = store.transaction(({ tokens }) => tokens.list(null));
    for (const { id, ...seen } of kept.filter(({ revokedAtMs }) => revokedAtMs === null)) {
      if (!(await isGone({ id, ...seen }))) continue;
      store.transaction((transaction) => {
        const token = transaction.tokens.get(id);
        if (token?.revokedAtMs !== null) return;
        endToken(transaction, { token, by, nowMs: clock.nowMs() });
      });
    }
  };
}
