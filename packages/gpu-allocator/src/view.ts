import {
  slotsOf,
  type AllocationSnapshot,
  type GpuDevice,
  type GpuReservation,
  type Lease,
  type LeasedSlot,
  type MigInstance,
  type Slot,
} from '@ds01/contracts';
import {
  footprintOf,
  leasedFootprint,
  overlap,
  overlapOnDevice,
  type Footprint,
} from './footprint.ts';

/** One slot of a live lease, seen as what keeps others off. */
export interface Blocker {
  readonly lease: Lease;
  readonly leased: LeasedSlot;
  readonly footprint: Footprint;
}

/** One slot of the inventory with everything that concerns it. */
export interface SlotView {
  readonly slot: Slot;
  readonly device: GpuDevice;
  readonly footprint: Footprint;
  /** On this very slot first, then by lease id. */
  readonly blockers: readonly Blocker[];
  /** Processes outside any container use it, its GPU or its memory. */
  readonly busy: boolean;
  /** Reservations in force now that touch it, earliest first. */
  readonly reservations: readonly GpuReservation[];
  /** Reservations that begin later and touch it, earliest first. */
  readonly upcoming: readonly GpuReservation[];
}

interface Place {
  readonly slot: Slot;
  readonly device: GpuDevice;
  readonly footprint: Footprint;
}

const noBlockers: readonly Blocker[] = [];
const noReservations: readonly GpuReservation[] = [];

/**
 * Every slot of the snapshot's inventory exactly once, by device index and MIG index as numbers.
 * The order of devices, leases, busy slots and reservations in the snapshot makes no difference.
 */
export function viewsOf(snapshot: AllocationSnapshot): readonly SlotView[] {
  const places = placesOf(snapshot.inventory.devices);
  const footprints = new Map<string, Footprint>();
  for (const place of places) footprints.set(place.footprint.uuid, place.footprint);
  const blockers = blockersByDevice(snapshot.leases, footprints);
  const busy = busyFootprints(snapshot, footprints);
  const reserved = reservedFootprints(snapshot, places);
  const { nowMs } = snapshot;
  const current = reserved.filter(({ reservation }) => reservation.fromMs <= nowMs);
  const later = reserved.filter(({ reservation }) => reservation.fromMs > nowMs);
  return places.map(({ slot, device, footprint }) => ({
    slot,
    device,
    footprint,
    blockers: blockersOf(footprint, blockers.get(footprint.deviceUuid)),
    busy: busy.some((used) => overlap(used, footprint)),
    reservations: reservationsOf(footprint, current),
    upcoming: reservationsOf(footprint, later),
  }));
}

function placesOf(devices: readonly GpuDevice[]): readonly Place[] {
  const places: Place[] = [];
  for (const device of devices.toSorted(byDevice)) {
    const slots = slotsOf(device);
    const ordered = isInOrder(slots) ? slots : slots.toSorted(byMigIndex);
    for (const [position, slot] of ordered.entries()) {
      const instance = instanceOf(device, slot, position);
      places.push({ slot, device, footprint: footprintOf(slot, instance) });
    }
  }
  return places;
}

/** The likely position is looked at first. */
function instanceOf(device: GpuDevice, slot: Slot, likely: number): MigInstance | undefined {
  const instance = device.instances[likely];
  if (instance?.uuid === slot.uuid) return instance;
  return device.instances.find((candidate) => candidate.uuid === slot.uuid);
}

function isInOrder(slots: readonly Slot[]): boolean {
  for (let next = 1; next < slots.length; next += 1) {
    const before = slots[next - 1];
    const slot = slots[next];
    if (before !== undefined && slot !== undefined && byMigIndex(before, slot) >= 0) return false;
  }
  return true;
}

function byDevice(left: GpuDevice, right: GpuDevice): number {
  return left.index - right.index || (left.uuid < right.uuid ? -1 : 1);
}

function byMigIndex(left: Slot, right: Slot): number {
  return (left.migIndex ?? -1) - (right.migIndex ?? -1) || (left.uuid < right.uuid ? -1 : 1);
}

function blockersByDevice(
  leases: readonly Lease[],
  footprints: ReadonlyMap<string, Footprint>,
): ReadonlyMap<string, readonly Blocker[]> {
  const blockers = new Map<string, Blocker[]>();
  for (const lease of leases) {
    if (lease.state === 'released') continue;
    for (const leased of lease.slots) {
      const footprint = leasedFootprint(leased, footprints.get(leased.uuid));
      const blocker = { lease, leased, footprint };
      const known = blockers.get(footprint.deviceUuid);
      if (known === undefined) blockers.set(footprint.deviceUuid, [blocker]);
      else known.push(blocker);
    }
  }
  return blockers;
}

function blockersOf(
  footprint: Footprint,
  onDevice: readonly Blocker[] | undefined,
): readonly Blocker[] {
  if (onDevice === undefined) return noBlockers;
  const blockers: Blocker[] = [];
  for (const blocker of onDevice) {
    if (overlapOnDevice(blocker.footprint, footprint)) blockers.push(blocker);
  }
  return blockers.length < 2 ? blockers : blockers.sort(byNearness(footprint));
}

function byNearness(footprint: Footprint): (left: Blocker, right: Blocker) => number {
  return (left, right) => {
    const near = left.footprint.uuid === footprint.uuid;
    if (near !== (right.footprint.uuid === footprint.uuid)) return near ? -1 : 1;
    if (left.lease.id !== right.lease.id) return left.lease.id < right.lease.id ? -1 : 1;
    return left.leased.uuid < right.leased.uuid ? -1 : 1;
  };
}

/** True if the lease is on this very slot; else they share silicon. */
export function isOn(view: SlotView, blocker: Blocker): boolean {
  return blocker.footprint.uuid === view.footprint.uuid;
}

function busyFootprints(
  snapshot: AllocationSnapshot,
  footprints: ReadonlyMap<string, Footprint>,
): readonly Footprint[] {
  const devices = new Set<string>(snapshot.inventory.devices.map((device) => device.uuid));
  return snapshot.busy.flatMap((uuid) => {
    const listed = footprints.get(uuid);
    if (listed !== undefined) return [listed];
    return devices.has(uuid) ? [wholeDevice(uuid)] : [];
  });
}

function wholeDevice(uuid: string): Footprint {
  return {
    uuid,
    deviceUuid: uuid,
    slices: 0,
    whole: true,
    listed: true,
    gpuInstanceId: null,
    partial: false,
  };
}

interface Reserved {
  readonly reservation: GpuReservation;
  readonly footprint: Footprint;
}

function reservedFootprints(
  { inventory, reservations, nowMs }: AllocationSnapshot,
  places: readonly Place[],
): readonly Reserved[] {
  const present = reservations.filter(({ toMs }) => nowMs < toMs);
  if (present.length === 0) return [];
  const byId = new Map(places.map((place) => [place.slot.slot, place.footprint]));
  return present.flatMap((reservation) =>
    reservation.slots.flatMap((id) => {
      const listed = byId.get(id);
      if (listed !== undefined) return [{ reservation, footprint: listed }];
      const index = Number(id.split(':')[0]);
      const device = inventory.devices.find((candidate) => candidate.index === index);
      const whole = device !== undefined && (!id.includes(':') || device.instances.length === 0);
      return whole ? [{ reservation, footprint: wholeDevice(device.uuid) }] : [];
    }),
  );
}

function reservationsOf(
  footprint: Footprint,
  reserved: readonly Reserved[],
): readonly GpuReservation[] {
  if (reserved.length === 0) return noReservations;
  const touching = reserved.filter((entry) => overlap(entry.footprint, footprint));
  return [...new Set(touching.map((entry) => entry.reservation))].sort(
    (left, right) =>
      left.fromMs - right.fromMs ||
      left.toMs - right.toMs ||
      (nameOf(left) < nameOf(right) ? -1 : 1),
  );
}

function nameOf({ user, group }: GpuReservation): string {
  return user ?? `group ${group ?? ''}`;
}
