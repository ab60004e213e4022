import { createQueue, type LedgerWatch, type Queue } from '@ds01/control-plane';
import type { Courier } from './courier.ts';

/**
 * The queue of this daemon: what was kept from before goes on at once, and whoever is told of a turn hears
 * of it soon.
 */
export function watchQueue(
  ledger: LedgerWatch,
  { courier, signal }: { readonly courier: Pick<Courier, 'wake'>; readonly signal: AbortSignal },
): Queue {
  return createQueue(ledger, { signal, onTold: () => courier.wake() });
}
