import type { SimulatedDevice } from './topology.ts';

const matches = (device: SimulatedDevice, id: string): boolean =>
  id === String(device.index) ||
  id === device.uuid ||
  (id.includes(':') && device.pciBusId.endsWith(id.toUpperCase()));

/**
 * The devices that `-i` names: a list of indexes, UUIDs or bus ids. Undefined if one is unknown;
 * all devices without `-i`.
 */
export const selectDevices = (
  devices: readonly SimulatedDevice[],
  ids: string | undefined,
): SimulatedDevice[] | undefined => {
  if (ids === undefined) return [...devices];
  const wanted = ids.split(',').map((id) => id.trim());
  if (wanted.some((id) => !devices.some((device) => matches(device, id)))) return undefined;
  return devices.filter((device) => wanted.some((id) => matches(device, id)));
};
