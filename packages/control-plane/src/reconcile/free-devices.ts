import { claimsOf, slotsOf, type GpuInventory, type Lease, type Slot } from '@ds01/contracts';
import { leasedSlotOf } from './adopt.ts';

/**
 * Every way to name free devices to the engine: a slot's UUID and number; of a device that is wholly
 * free its UUID and index; `all` when every device is. What isn't healthy is free for nobody.
 */
export function freeDevices(
  inventory: GpuInventory | null,
  leases: readonly Lease[],
): readonly string[] {
  if (inventory === null) return [];
  const taken = new Set(
    leases.flatMap((lease) =>
      lease.slots.flatMap((slot) => claimsOf(slot).map((claim) => `${slot.deviceUuid}/${claim}`)),
    ),
  );
  const isFree = (slot: Slot): boolean =>
    claimsOf(leasedSlotOf(slot)).every((claim) => !taken.has(`${slot.deviceUuid}/${claim}`));
  const devices = inventory.devices.map((device) => {
    const slots = slotsOf(device);
    const free = device.health.state === 'healthy' ? slots.filter(isFree) : [];
    return { device, free, isWhole: free.length > 0 && free.length === slots.length };
  });
  const names = devices.flatMap(({ device, free, isWhole }) => [
    ...free.flatMap(({ uuid, slot }): readonly string[] => [uuid, slot]),
    ...(isWhole ? [device.uuid, String(device.index)] : []),
  ]);
  const isEverything = devices.length > 0 && devices.every(({ isWhole }) => isWhole);
  return [...new Set([...names, ...(isEverything ? ['all'] : [])])];
}
