import type { AllocationSnapshot, GpuReservation, Lease, Slot, SlotState } from '@ds01/contracts';
import { isOn, viewsOf, type SlotView } from './view.ts';

/** State of one slot and who keeps it. */
export interface SlotOccupancy {
  readonly slot: Slot;
  readonly state: SlotState;
  /** The lease on this slot, else the first one that shares silicon with it; `null` when none. */
  readonly lease: Lease | null;
  /** The lease is on another slot of the same silicon. */
  readonly sharesMemory: boolean;
  /** Reservations in force now, earliest first; they don't change `state`. */
  readonly reservations: readonly GpuReservation[];
  /** Reservations that begin later, earliest first. */
  readonly upcoming: readonly GpuReservation[];
}

/**
 * Every slot of the inventory exactly once, in numeric order, with its state: that of the lease
 * which blocks it, else `unhealthy` (also when health is unknown), else `busy`, else `free`.
 */
export function slotStates(snapshot: AllocationSnapshot): readonly SlotOccupancy[] {
  return viewsOf(snapshot).map((view) => {
    const blocker = view.blockers[0];
    return {
      slot: view.slot,
      state: stateOf(view),
      lease: blocker?.lease ?? null,
      sharesMemory: blocker !== undefined && !isOn(view, blocker),
      reservations: view.reservations,
      upcoming: view.upcoming,
    };
  });
}

function stateOf(view: SlotView): SlotState {
  const state = view.blockers[0]?.lease.state;
  if (state !== undefined && state !== 'released') return state;
  if (view.device.health.state !== 'healthy') return 'unhealthy';
  return view.busy ? 'busy' : 'free';
}
