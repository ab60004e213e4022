import type { AllocationPolicy, GpuReservation } from '@ds01/contracts';

/** Who wants a slot, and for how long at most; see `AllocationPolicy.longestMs`. */
export type Claimant = Pick<AllocationPolicy, 'user' | 'group' | 'longestMs'>;

/** True if a reservation is for this person, by name or by group. */
export function isReservationFor(
  { user, group }: Pick<GpuReservation, 'user' | 'group'>,
  person: Pick<AllocationPolicy, 'user' | 'group'>,
): boolean {
  if (user !== null) return user === person.user;
  return group !== undefined && group !== null && group === person.group;
}

/** True if a reservation holds at a moment. */
function holdsAt({ fromMs, toMs }: GpuReservation, atMs: number): boolean {
  return fromMs <= atMs && atMs < toMs;
}

/** A reservation that keeps somebody from a slot, and the first moment at which it does. */
export interface Clash {
  readonly reservation: GpuReservation;
  readonly atMs: number;
}

/**
 * The reservations of one slot that keep somebody from having it from `atMs` on for as long as they
 * may, earliest clash first: those of others that hold at any moment of that time, but for moments at which
 * one of their own holds on the same slot, too.
 */
export function clashesOf(
  reservations: readonly GpuReservation[],
  claimant: Claimant,
  atMs: number,
): readonly Clash[] {
  const longestMs = claimant.longestMs === undefined ? 0 : (claimant.longestMs ?? Infinity);
  const endMs = atMs + Math.max(1, longestMs);
  const own = reservations.filter((reservation) => isReservationFor(reservation, claimant));
  const clashes = reservations.flatMap((reservation) => {
    const span = {
      fromMs: Math.max(atMs, reservation.fromMs),
      toMs: Math.min(endMs, reservation.toMs),
    };
    const clashMs = firstUncovered(span, own);
    return clashMs === null ? [] : [{ reservation, atMs: clashMs }];
  });
  return clashes.sort((left, right) => left.atMs - right.atMs);
}

/** The first moment of a span at which none of `own` holds; `null` when there is none. */
function firstUncovered(
  { fromMs, toMs }: Pick<GpuReservation, 'fromMs' | 'toMs'>,
  own: readonly GpuReservation[],
): number | null {
  let atMs = fromMs;
  while (atMs < toMs) {
    const nowMs = atMs;
    const covering = own.filter((reservation) => holdsAt(reservation, nowMs));
    if (covering.length === 0) return atMs;
    atMs = Math.max(...covering.map((reservation) => reservation.toMs));
  }
  return null;
}

/** The last moment that a date can name. */
const endOfTimeMs = 8.64e15;

/**
 * The first moment, `fromMs` or later, from which on somebody can have a slot as far as its
 * reservations go; `Infinity`: never.
 */
export function availableFromMs(
  reservations: readonly GpuReservation[],
  claimant: Claimant,
  fromMs: number,
): number {
  let atMs = fromMs;
  for (;;) {
    const nowMs = atMs;
    const clashes = clashesOf(reservations, claimant, nowMs);
    if (clashes.length === 0) return nowMs;
    const own = reservations.filter((one) => isReservationFor(one, claimant));
    const changes = [
      ...clashes.map(({ reservation }) => reservation.toMs),
      ...own.map((one) => one.fromMs),
    ];
    atMs = Math.min(...changes.filter((changeMs) => changeMs > nowMs));
    if (atMs > endOfTimeMs) return Infinity;
  }
}
