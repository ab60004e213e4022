import {
  currentSlotId,
  slotsOf,
  type GpuDevice,
  type GpuInventory,
  type Slot,
} from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';

/**
 * The GPUs that a container was given, as written in its configuration: UUIDs, `0`, `0:1`, `all`,
 * `count:2`. Empty when it has none. Reads device requests, CDI names, device files and, under a
 * runtime of NVIDIA's, `NVIDIA_VISIBLE_DEVICES` (its last value, as the runtime does; the engine
 * appends what the device requests say, so that an image's own value counts only without any) and
 * mounts below `/var/run/nvidia-container-devices`, another way to name devices to that runtime.
 */
export function deviceIdsOf(details: ContainerDetails): readonly string[] {
  const ids = new Set<string>();
  for (const request of details.deviceRequests) {
    if (request.driver === 'cdi') {
      for (const name of request.deviceIds) ids.add(withoutKind(name));
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
  if (details.runtime.startsWith('nvidia') && !isAskedFor) {
    for (const id of visibleDevices(details.env)) ids.add(id);
    for (const { target } of details.mounts) {
      if (target.startsWith(deviceMounts)) ids.add(target.slice(deviceMounts.length));
    }
  }
  return [...ids];
}

const deviceMounts = '/var/run/nvidia-container-devices/';

/** `nvidia.com/gpu=0` -> `0` (Container Device Interface). */
function withoutKind(name: string): string {
  return name.slice(name.lastIndexOf('=') + 1);
}

function isGpuRequest(driver: string, capabilities: readonly (readonly string[])[]): boolean {
  return driver === 'nvidia' || capabilities.some((set) => set.includes('gpu'));
}

function visibleDevices(env: readonly string[]): readonly string[] {
  const key = 'NVIDIA_VISIBLE_DEVICES=';
  const value = env.findLast((entry) => entry.startsWith(key))?.slice(key.length) ?? '';
  if (value === '' || value === 'void' || value === 'none') return [];
  return value.split(',').map((id) => withoutKind(id.trim()));
}

/** True when the ids stand for every GPU there is, whatever it needs: `--gpus all`. */
export function seesEveryGpu(ids: readonly string[]): boolean {
  return ids.includes('all');
}

/**
 * The slots behind device ids. A whole GPU that is partitioned stands for all its MIG slots, and the
 * start of a UUID for all whose UUID starts so (NVIDIA's tools take one); an id that the inventory
 * doesn't know stands for nothing (its device is gone).
 */
export function resolveDeviceIds(ids: readonly string[], inventory: GpuInventory): readonly Slot[] {
  if (ids.length === 0) return [];
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
      for (const { device, slots } of byDevice) {
        if (isDevice(device, id)) add(slots);
        else add(slots.filter((slot) => isSlot(slot, device, id)));
      }
    }
  }
  return [...found.values()];
}

function isDevice(device: GpuDevice, id: string): boolean {
  return String(device.index) === id || startsUuid(device.uuid, id);
}

function isSlot(slot: Slot, device: GpuDevice, id: string): boolean {
  if (slot.slot === currentSlotId(id) || startsUuid(slot.uuid, id)) return true;
  // The form of drivers before 470.
  const old = /^MIG-(GPU-[^/]+)\/(\d+)\/(\d+)$/.exec(id);
  const instance = device.instances.find(({ uuid }) => uuid === slot.uuid);
  return (
    old !== null &&
    old[1]?.toLowerCase() === device.uuid.toLowerCase() &&
    String(instance?.gpuInstanceId) === old[2] &&
    String(instance?.computeInstanceId) === old[3]
  );
}

function startsUuid(uuid: string, id: string): boolean {
  return id.length > 'GPU-'.length && uuid.toLowerCase().startsWith(id.toLowerCase());
}
