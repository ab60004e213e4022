import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';

/** Writes down what happened, in the transaction in which it did. */
export function appendEvent(
  transaction: Pick<StoreTransaction, 'events'>,
  event: NewEvent,
  nowMs: number,
): void {
  transaction.events.append(event, nowMs);
}

/** Writes down what happened outside of the ledger. Never fails: what can't be written is logged. */
export function recordEvent(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock' | 'logger'>,
  event: NewEvent,
): void {
  try {
    deps.store.transaction((transaction) => appendEvent(transaction, event, deps.clock.nowMs()));
  } catch (error) {
    deps.logger.error('an event could not be written down', { event, error: String(error) });
  }
}
