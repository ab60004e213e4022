import type { Placement } from '@ds01/contracts';
import type { Pass } from './pass.ts';
import { leavesByMs } from './server-view.ts';
import type { WaitingRequest } from './types.ts';

/**
 * When what is granted now has to be given back at the latest, because one of its slots is kept for a
 * request that waits, and was given only for being back by then; `null` where nothing is kept.
 */
export function promisedEndOf(
  pass: Pass,
  request: WaitingRequest,
  { slots }: Pick<Placement, 'slots'>,
): number | null {
  const granted = new Set<string>(slots.map(({ uuid }) => uuid));
  let endMs = Infinity;
  for (const [index, view] of pass.views().entries()) {
    if (!granted.has(view.slot.uuid)) continue;
    const keptFromMs = pass.keptFromMs[index] ?? -Infinity;
    // Whom it is reserved for is on a kept slot, too, for as long as they like.
    if (leavesByMs(view, request, pass.nowMs) > keptFromMs) continue;
    endMs = Math.min(endMs, keptFromMs);
  }
  return endMs === Infinity ? null : endMs;
}
