import { slotsOf, type GpuInventory, type Lease, type LeasedSlot } from '@ds01/contracts';

/**
 * Whether leased silicon can be worked on. `lost`: its device isn't there, has failed, or has no such
 * slot any more. `unknown`: nobody can say, so that everything stays as it is.
 */
export type Presence = 'usable' | 'lost' | 'unknown';

/** The presence of one slot, by the UUIDs of its device and its own, never by an index. */
export function presenceOfSlot(
  inventory: GpuInventory | null,
  leased: Pick<LeasedSlot, 'uuid' | 'deviceUuid'>,
): Presence {
  if (inventory === null) return 'unknown';
  const device = inventory.devices.find(({ uuid }) => uuid === leased.deviceUuid);
  if (device === undefined || device.health.failed === true) return 'lost';
  if (slotsOf(device).some(({ uuid }) => uuid === leased.uuid)) return 'usable';
  return device.health.state === 'unknown' ? 'unknown' : 'lost';
}

/** The presence of a lease: `lost` as soon as one of its slots is. */
export function presenceOf(inventory: GpuInventory | null, lease: Pick<Lease, 'slots'>): Presence {
  const all = lease.slots.map((slot) => presenceOfSlot(inventory, slot));
  if (all.includes('lost')) return 'lost';
  return all.includes('unknown') ? 'unknown' : 'usable';
}
