import {
  formatDuration,
  type GpuReservation,
  type PlacementRefusal,
  type ResolvedLimits,
} from '@ds01/contracts';
import type { CurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { leastStayMs } from './claimant.ts';
import { longestGrantMs } from '../queue/granting/longest-use.ts';

/** Whom a reservation is for, as the site shows holders to everyone; `null`: it doesn't. */
export function reservedFor(
  { user, group }: Pick<GpuReservation, 'user' | 'group'>,
  policy: CurrentPolicy,
): string | null {
  if (policy.showHolders === 'none') return null;
  if (user === null) return `group ${group ?? ''}`;
  return policy.showHolders === 'groups' ? `group ${policy.forUser(user).group}` : user;
}

/** `2026-11-23T08:00:00.000Z`; `null` for a reservation without an end. */
export function endInstantOf({ toMs }: Pick<GpuReservation, 'toMs'>): string | null {
  return Number.isNaN(new Date(toMs).getTime()) ? null : instantOf(toMs);
}

/**
 * What a refusal says about reservations that are to begin: which slots, when, for whom as the site shows
 * it, and how long what is given now may stay.
 */
export function reservedLater(
  refusal: Pick<PlacementRefusal, 'code' | 'candidates'>,
  context: {
    readonly policy: CurrentPolicy;
    readonly resolved: ResolvedLimits;
    readonly nowMs: number;
  },
): readonly string[] {
  if (refusal.code !== 'gpu.reserved') return [];
  const { policy, resolved, nowMs } = context;
  const slots = refusal.candidates
    .filter(({ reasons }) => reasons.some(({ code }) => code === 'reserved-soon'))
    .map(({ slot }): string => slot);
  const lines = policy.reservations
    .filter((reservation) => reservation.toMs > nowMs)
    .filter((reservation) => reservation.slots.some((id) => slots.some((one) => touches(one, id))))
    .toSorted((left, right) => left.fromMs - right.fromMs)
    .map((reservation) => {
      const name = reservedFor(reservation, policy);
      const end = endInstantOf(reservation);
      const until = end === null ? '' : ` until ${end}`;
      const by = name === null ? '' : ` for ${name}`;
      return `${reservation.slots.join(', ')} from ${instantOf(reservation.fromMs)}${until}${by}`;
    });
  const longestMs = longestGrantMs(policy, resolved.user, nowMs);
  const stay =
    longestMs === null
      ? 'Nothing ends what you start'
      : `What you start may keep its GPU for up to ${formatDuration(longestMs)}`;
  return [`Reserved: ${lines.join('; ')}.`, `${stay}.`];
}

/** True if what was refused can be had for a while, until its reservation begins. */
export function offersUntilReserved(
  { code, details }: Pick<PlacementRefusal, 'code' | 'details'>,
  { policy, nowMs }: { readonly policy: CurrentPolicy; readonly nowMs: number },
): boolean {
  const { freeUntilMs = null } = details;
  if (code !== 'gpu.reserved' || typeof freeUntilMs !== 'number') return false;
  return freeUntilMs - nowMs >= leastStayMs(policy);
}

/** True if two slot names are about the same GPU, one of them all of it, or are the same. */
function touches(left: string, right: string): boolean {
  if (left === right) return true;
  const [leftGpu, leftPart] = left.split(':');
  const [rightGpu, rightPart] = right.split(':');
  return leftGpu === rightGpu && (leftPart === undefined || rightPart === undefined);
}
