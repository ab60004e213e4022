import type { StoreTransaction } from '@ds01/ports';
import { appendEvent } from './record-event.ts';

const key = 'policy-problem';
const nobody = { user: null, uid: null, container: null, containerId: null };

/** What is wrong with the configuration files now; `null` is nothing. */
export interface PolicyState {
  readonly problem: string | null;
  readonly lastGoodInForce: boolean;
}

/**
 * Writes down that the configuration files have an error, or another one, or none any more: each
 * change once, whoever notices it, also across a restart.
 */
export function notePolicyState(
  transaction: Pick<StoreTransaction, 'events' | 'meta'>,
  { problem, lastGoodInForce }: PolicyState,
  nowMs: number,
): void {
  const known = transaction.meta.get(key);
  if (known === problem) return;
  if (problem === null) {
    transaction.meta.remove(key);
    appendEvent(transaction, { type: 'policy.problem-mended', ...nobody, details: {} }, nowMs);
    return;
  }
  transaction.meta.set(key, problem);
  const details = { problem, lastGoodInForce };
  appendEvent(transaction, { type: 'policy.problem-found', ...nobody, details }, nowMs);
}
