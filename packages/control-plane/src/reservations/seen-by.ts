import { isReservationFor } from '@ds01/gpu-allocator';
import type { GpuReservation, GpuStatusOutput } from '@ds01/contracts';
import type { Caller } from '../caller.ts';
import type { CurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { endInstantOf, reservedFor } from './tell.ts';

/**
 * Reservations that hold or will, first begin first, as somebody may see them: their own and, for
 * administrators, everybody's with names, others' as the site shows holders. Nothing when there are none.
 */
export function reservationsSeenBy(
  caller: Caller,
  policy: CurrentPolicy,
  nowMs: number,
): Pick<GpuStatusOutput, 'reservations'> {
  const present = policy.reservations
    .filter(({ toMs }) => nowMs < toMs)
    .toSorted((left, right) => left.fromMs - right.fromMs || left.toMs - right.toMs);
  if (present.length === 0) return {};
  const viewer = policy.forUser(caller.owner.name).allocation;
  const reservations = present.map((reservation) => {
    const own = isReservationFor(reservation, viewer);
    return {
      slots: [...reservation.slots],
      from: reservation.fromMs === 0 ? null : instantOf(reservation.fromMs),
      until: endInstantOf(reservation),
      for:
        own || caller.role === 'admin' ? fullName(reservation) : reservedFor(reservation, policy),
      own,
    };
  });
  return { reservations };
}

function fullName({ user, group }: GpuReservation): string {
  return user ?? `group ${group ?? ''}`;
}
