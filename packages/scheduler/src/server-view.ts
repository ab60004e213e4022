import type {
  AllocationPolicy,
  AllocationSnapshot,
  GpuReservation,
  LeaseId,
  Slot,
  SlotUuid,
} from '@ds01/contracts';
import { availableFromMs, clashesOf, isReservationFor, slotStates } from '@ds01/gpu-allocator';
import type { WaitingRequest } from './types.ts';

/** What the queue needs to know of one slot. Times are Unix milliseconds. */
export interface SlotView {
  readonly slot: Slot;
  /** Nobody has it; whom it is reserved for is told by {@link availableAtMs}. */
  readonly free: boolean;
  /** It can be had when leases end; false while its GPU is unhealthy or busy beyond our control. */
  readonly sound: boolean;
  /** When the leases that keep it end at the latest; `Infinity`: unknown. Now when it is free. */
  readonly freeAtMs: number;
  /** Reservations in force now. */
  readonly reservations: readonly GpuReservation[];
  /** Reservations that begin later. */
  readonly upcoming: readonly GpuReservation[];
}

/** Ends of live leases. */
export type LeaseEnds = ReadonlyMap<LeaseId, number | null>;

/** Every slot of the snapshot, in numeric order. */
export function viewServer(snapshot: AllocationSnapshot, endsByMs: LeaseEnds): SlotView[] {
  const states = slotStates(snapshot);
  const listed = new Set<SlotUuid>(states.map(({ slot }) => slot.uuid));
  const held = heldSilicon(snapshot, endsByMs);
  const healthy = new Set(
    snapshot.inventory.devices
      .filter(({ health }) => health.state === 'healthy')
      .map(({ uuid }) => uuid),
  );
  const busy = new Set<string>(snapshot.busy);
  return states.map(({ slot, state, reservations, upcoming }) => {
    const sound =
      healthy.has(slot.deviceUuid) &&
      state !== 'busy' &&
      state !== 'lost' &&
      !busy.has(slot.uuid) &&
      !busy.has(slot.deviceUuid);
    const free = state === 'free';
    let freeAtMs = sound ? snapshot.nowMs : Infinity;
    if (sound && !free) {
      for (const piece of held.get(slot.deviceUuid) ?? []) {
        if (!sharesSilicon(slot, piece.slot, listed)) continue;
        freeAtMs = Math.max(freeAtMs, piece.endMs);
      }
    }
    return { slot, free, sound, freeAtMs, reservations, upcoming };
  });
}

/** The same server after somebody got slots until `endMs`. */
export function withTaken(
  views: readonly SlotView[],
  taken: { readonly slots: readonly Slot[]; readonly endMs: number },
): SlotView[] {
  const listed = new Set<SlotUuid>(views.map(({ slot }) => slot.uuid));
  return views.map((view) =>
    taken.slots.some((slot) => sharesSilicon(view.slot, slot, listed))
      ? { ...view, free: false, freeAtMs: Math.max(view.freeAtMs, taken.endMs) }
      : view,
  );
}

/**
 * When a request can have a slot at the latest, as far as others' reservations go: it must end before
 * one begins, and can begin when one ends.
 */
export function availableAtMs(view: SlotView, request: WaitingRequest, fromMs: number): number {
  const { reservations, upcoming } = view;
  if (reservations.length === 0 && upcoming.length === 0) return fromMs;
  return availableFromMs([...reservations, ...upcoming], claimantOf(request), fromMs);
}

/** When a request that starts now leaves a slot at the latest; `Infinity` is unknown. */
export function leavesByMs(view: SlotView, request: WaitingRequest, nowMs: number): number {
  const { reservations, upcoming } = view;
  const ownMs = nowMs + (request.runtimeMs ?? Infinity);
  if (reservations.length === 0 && upcoming.length === 0) return ownMs;
  const forever = { ...request.allocation, longestMs: null };
  const [first] = clashesOf([...reservations, ...upcoming], forever, nowMs);
  return Math.min(ownMs, first?.atMs ?? Infinity);
}

/** A request as reservations see it. */
export function claimantOf({ allocation, runtimeMs }: WaitingRequest): AllocationPolicy {
  return { longestMs: runtimeMs, ...allocation };
}

/** True if a slot is reserved for whose request it is, now. */
export function isReservedFor({ reservations }: SlotView, { allocation }: WaitingRequest): boolean {
  return reservations.some((reservation) => isReservationFor(reservation, allocation));
}

/** What identifies silicon. */
export type Silicon = Pick<Slot, 'uuid' | 'deviceUuid' | 'memorySlices'>;

/**
 * True if both can't be given out. Where a placement is unknown they are apart only if both are
 * of the current listing, whose instances the driver keeps apart.
 */
export function sharesSilicon(
  left: Silicon,
  right: Silicon,
  listed: ReadonlySet<SlotUuid>,
): boolean {
  if (left.uuid === right.uuid) return true;
  if (left.deviceUuid !== right.deviceUuid) return false;
  const slices = right.memorySlices;
  if (left.memorySlices !== null && slices !== null) {
    return left.memorySlices.some((slice) => slices.includes(slice));
  }
  return !listed.has(left.uuid) || !listed.has(right.uuid);
}

interface HeldPiece {
  readonly slot: Silicon;
  readonly endMs: number;
}

function heldSilicon(
  { leases }: AllocationSnapshot,
  endsByMs: LeaseEnds,
): ReadonlyMap<string, readonly HeldPiece[]> {
  const held = new Map<string, HeldPiece[]>();
  for (const { id, state, slots } of leases) {
    if (state === 'released') continue;
    const endMs = state === 'lost' ? Infinity : (endsByMs.get(id) ?? Infinity);
    for (const slot of slots) {
      const pieces = held.get(slot.deviceUuid);
      if (pieces === undefined) held.set(slot.deviceUuid, [{ slot, endMs }]);
      else pieces.push({ slot, endMs });
    }
  }
  return held;
}
