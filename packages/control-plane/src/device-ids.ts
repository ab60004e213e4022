import { slotsOf, type GpuInventory, type Slot } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';

/**
 * The GPUs that a container was given, as written in its configuration: UUIDs, `0`, `0:1`, `all`,
 * `count:2`. Empty when it has none. Reads device requests, CDI names, device files and, under the
 * nvidia runtime, `NVIDIA_VISIBLE_DEVICES` (its last value, as the runtime does; the engine appends
 * what the device requests say, so that an image's own value counts only without any).
 */
export function deviceIdsOf(details: ContainerDetails): readonly string[] {
  const ids = new Set<string>();
  for (const request of details.deviceRequests) {
    if (request.driver === 'cdi') {
      for (const name of request.deviceIds) ids.add(name.slice(name.lastIndexOf('=') + 1));
    } else if (isGpuRequest(request.driver, request.capabilities)) {
      if (request.deviceIds.length > 0) for (const id of request.deviceIds) ids.add(id);
      else if (request.count < 0) ids.add('all');
      else if (request.count > 0) ids.add(`count:${request.count}`);
    }
  }
  for (const path of details.devicePaths) {
    const match = /^\/dev\/nvidia(\d+)$/.exec(path);
    if (match?.[1] !== undefined) ids.add(match[1]);
  }
  const isAskedFor = details.deviceRequests.some(({ driver, capabilities }) =>
    isGpuRequest(driver, capabilities),
  );
  if (details.runtime === 'nvidia' && !isAskedFor) {
    for (const id of visibleDevices(details.env)) ids.add(id);
  }
  return [...ids];
}

function isGpuRequest(driver: string, capabilities: readonly (readonly string[])[]): boolean {
  return driver === 'nvidia' || capabilities.some((set) => set.includes('gpu'));
}

function visibleDevices(env: readonly string[]): readonly string[] {
  const key = 'NVIDIA_VISIBLE_DEVICES=';
  const value = env.findLast((entry) => entry.startsWith(key))?.slice(key.length) ?? '';
  if (value === '' || value === 'void' || value === 'none') return [];
  return value.split(',').map((id) => id.trim());
}

/**
 * The slots behind device ids. A whole GPU that is partitioned stands for all its MIG slots; an id
 * that the inventory doesn't know stands for nothing (its device is gone).
 */
export function resolveDeviceIds(ids: readonly string[], inventory: GpuInventory): readonly Slot[] {
  const byDevice = inventory.devices
    .toSorted((left, right) => left.index - right.index)
    .map((device) => ({ device, slots: slotsOf(device) }));
  const found = new Map<string, Slot>();
  const add = (slots: readonly Slot[]): void => {
    for (const slot of slots) found.set(slot.uuid, slot);
  };
  for (const id of ids) {
    const count = /^count:(\d+)$/.exec(id)?.[1];
    if (id === 'all') for (const entry of byDevice) add(entry.slots);
    else if (count !== undefined) {
      for (const entry of byDevice.slice(0, Number(count))) add(entry.slots);
    } else {
      for (const entry of byDevice) {
        if (entry.device.uuid === id || String(entry.device.index) === id) add(entry.slots);
        else add(entry.slots.filter((slot) => slot.uuid === id || slot.slot === id));
      }
    }
  }
  return [...found.values()];
}
