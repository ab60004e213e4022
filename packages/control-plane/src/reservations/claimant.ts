import { clashesOf, slotStates } from '@ds01/gpu-allocator';
import type { AllocationPolicy, AllocationSnapshot, Placement, Username } from '@ds01/contracts';
import { utcTime } from '../notifications/render.ts';
import type { CurrentPolicy } from '../policy.ts';
import { longestGrantMs } from '../queue/granting/longest-use.ts';

const minuteMs = 60_000;

/** What else is known of a stay than whose it is. */
export interface Stay {
  /** When it was granted, in Unix milliseconds; absent: now. */
  readonly sinceMs?: number;
  /** It may be ended for a reservation, once its person was warned. */
  readonly untilReserved?: boolean;
}

/** The shortest time that anybody is let in for until a reservation: they can still be warned. */
export function leastStayMs({ settings }: Pick<CurrentPolicy, 'settings'>): number {
  return 2 * settings.lifecycle.warning_lead_m * minuteMs;
}

/**
 * What a person may have, and for how long they might have what is given to them now: no reservation of
 * somebody else may begin before. Every decision of the allocator goes by it.
 */
export function claimantNow(
  policy: CurrentPolicy,
  user: Username,
  nowMs: number,
  { sinceMs = nowMs, untilReserved = false }: Stay = {},
): AllocationPolicy {
  const longestMs = longestGrantMs(policy, user, sinceMs) ?? Infinity;
  const stayMs = untilReserved ? Math.min(leastStayMs(policy), longestMs) : longestMs;
  const leftMs = stayMs - Math.max(0, nowMs - sinceMs);
  const { allocation } = policy.forUser(user);
  return { ...allocation, longestMs: leftMs === Infinity ? null : leftMs };
}

/** A placement, with the reservation that ends it in words. */
export function toldReservation(
  placement: Placement,
  snapshot: AllocationSnapshot,
  claimant: AllocationPolicy,
): Placement {
  const chosen = new Set(placement.slots.map(({ uuid }) => uuid));
  const begins = slotStates(snapshot)
    .filter(({ slot }) => chosen.has(slot.uuid))
    .flatMap(({ reservations, upcoming }) =>
      clashesOf([...reservations, ...upcoming], { ...claimant, longestMs: null }, snapshot.nowMs),
    )
    .map(({ atMs }) => atMs);
  if (begins.length === 0) return placement;
  const at = utcTime(Math.min(...begins));
  const reason = `${placement.reason} It is reserved for somebody else at ${at}: what still runs is stopped before.`;
  return { ...placement, reason };
}
