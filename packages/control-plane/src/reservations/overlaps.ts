import { isReservationFor, slotStates } from '@ds01/gpu-allocator';
import type { GpuInventory, GpuReservation, Lease, Username } from '@ds01/contracts';
import type { WrittenReservation } from '@ds01/limits';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';
import { instantOf } from '../present.ts';
import { endsOf } from '../queue/granting/scheduling.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';

/** Somebody else's lease that may still hold a reserved GPU when its reservation begins. */
export interface Overlap {
  readonly user: Username | null;
  readonly container: string | null;
  readonly slots: readonly string[];
  /** When it is free at the latest, as things stand; `null`: nothing ends it. */
  readonly endsBy: string | null;
  /** The rules stop it for the reservation. */
  readonly isStopped: boolean;
}

/** What a reservation that is to be made meets. */
export interface Meets {
  readonly overlaps: readonly Overlap[];
  /** Slots that no GPU of this server has. */
  readonly unknown: readonly string[];
  /** Those reservations of others that hold on the same silicon at some time of it. */
  readonly foreign: (reservations: readonly WrittenReservation[]) => readonly WrittenReservation[];
}

/** Looks what a new reservation meets: leases of others, and other reservations. */
export function overlapsOf(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  parts: {
    readonly reservation: GpuReservation;
    readonly policy: CurrentPolicy;
    readonly now: Reconciled;
    readonly inventory: GpuInventory;
  },
): Meets {
  const { reservation, policy, now, inventory } = parts;
  const nowMs = deps.clock.nowMs();
  const always = { ...reservation, fromMs: nowMs, toMs: nowMs + 1 };
  const touchedBy = (one: Pick<GpuReservation, 'slots'>) => {
    const reservations = [{ ...always, slots: one.slots }];
    return slotStates({ inventory, leases: now.leases, busy: [], reservations, nowMs }).filter(
      (state) => state.reservations.length > 0,
    );
  };
  const touched = touchedBy(reservation);
  const uuids = new Set(touched.map(({ slot }) => slot.uuid));
  const leases = new Map(
    touched.flatMap(({ lease }) => (lease === null ? [] : [[lease.id, lease]])),
  );
  const ends = deps.store.transaction((transaction) =>
    endsOf(transaction, policy, { leases: now.leases, nowMs, inventory }),
  );
  const overlaps = [...leases.values()].flatMap((lease) => {
    const endMs = ends.get(lease.id) ?? null;
    if (isOwn(lease, parts) || (endMs !== null && endMs <= reservation.fromMs)) return [];
    return [overlapOf(lease, endMs, { ...parts, nowMs })];
  });
  return {
    overlaps,
    unknown: reservation.slots.filter((slot) => touchedBy({ slots: [slot] }).length === 0),
    foreign: (reservations) =>
      reservations.filter(
        (other) =>
          other.fromMs < reservation.toMs &&
          reservation.fromMs < other.toMs &&
          !isSameHolder(other, reservation) &&
          touchedBy(other).some(({ slot }) => uuids.has(slot.uuid)),
      ),
  };
}

function isSameHolder(one: GpuReservation, other: GpuReservation): boolean {
  return one.user === other.user && (one.group ?? null) === (other.group ?? null);
}

function isOwn(
  { user }: Lease,
  { reservation, policy }: { readonly reservation: GpuReservation; readonly policy: CurrentPolicy },
): boolean {
  if (user === null) return false;
  return isReservationFor(reservation, policy.forUser(user).allocation);
}

function overlapOf(
  lease: Lease,
  endMs: number | null,
  at: { readonly policy: CurrentPolicy; readonly now: Reconciled; readonly nowMs: number },
): Overlap {
  const { policy, now, nowMs } = at;
  const record = now.containers.find((one) => one.record.id === lease.containerId)?.record;
  const isExempt =
    record?.protected === true ||
    record?.monitoring === true ||
    (lease.user !== null &&
      policy.exemptionOf(lease.user, { limit: 'max_runtime_h', nowMs }) !== undefined);
  return {
    user: lease.user,
    container: record?.name ?? null,
    slots: lease.slots.map(({ slot }) => slot),
    endsBy: endMs === null ? null : instantOf(endMs),
    isStopped: record !== undefined && !isExempt && lease.state !== 'lost',
  };
}
