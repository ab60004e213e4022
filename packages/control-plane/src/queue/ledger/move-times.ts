import type { StoreTransaction } from '@ds01/ports';
import { movePromisedEnds } from './promised-ends.ts';
import { moveUsage } from './usage.ts';

/** Somebody set the clock by so much; it says `nowMs` now. */
export interface ClockJump {
  readonly byMs: number;
  readonly nowMs: number;
}

/**
 * Requests keep their age, and the time that they have left, when somebody sets the clock; what people
 * have used counts as it did before.
 */
export function moveQueue(
  transaction: StoreTransaction,
  jump: ClockJump & { readonly halfLifeDays: number },
): void {
  const moved = (timeMs: number): number => Math.round(timeMs + jump.byMs);
  const movedOrNull = (timeMs: number | null): number | null =>
    timeMs === null ? null : moved(timeMs);
  for (const entry of transaction.queue.live()) {
    const { queuedAtMs, waitsUntilMs, grantedAtMs, claimUntilMs } = entry;
    transaction.queue.put({
      ...entry,
      queuedAtMs: moved(queuedAtMs),
      waitsUntilMs: movedOrNull(waitsUntilMs),
      grantedAtMs: movedOrNull(grantedAtMs),
      claimUntilMs: movedOrNull(claimUntilMs),
    });
  }
  movePromisedEnds(transaction.meta, jump.byMs);
  moveUsage(transaction, jump);
}
