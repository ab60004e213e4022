import { createQueue, type LedgerWatch, type Queue, type SharedLooks } from '@ds01/control-plane';
import type { Courier } from './courier.ts';

/**
 * The queue of this daemon: what was kept from before goes on at once, and whoever is told of a turn hears
 * of it soon; who reads after a grant sees it.
 */
export function watchQueue(
  ledger: LedgerWatch,
  {
    courier,
    looks,
    signal,
  }: {
    readonly courier: Pick<Courier, 'wake'>;
    readonly looks: Pick<SharedLooks, 'forget'>;
    readonly signal: AbortSignal;
  },
): Queue {
  const onTold = (): void => courier.wake();
  return createQueue(ledger, { signal, onTold, onLeases: () => looks.forget() });
}
