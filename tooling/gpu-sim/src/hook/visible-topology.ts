import type { SimulatedDevice, Topology } from '../topology.ts';
import { migDevicesOf } from '../mig/instances.ts';
import type { DeviceRequest } from './request.ts';

/** What a container sees, or the first device of its request that the host doesn't have. */
export type VisibleResult =
  | { readonly ok: true; readonly topology: Topology }
  | { readonly ok: false; readonly unknownDevice: string };

/** Set of MIG UUIDs of a GPU that are visible, or the GPU as a whole. */
type Grant = ReadonlySet<string> | 'whole';

const grantOf = (device: SimulatedDevice, ids: ReadonlySet<string>): Grant => {
  if (ids.has(device.uuid) || ids.has(String(device.index))) return 'whole';
  return new Set(
    migDevicesOf(device)
      .filter(({ uuid }, migIndex) => ids.has(uuid) || ids.has(`${device.index}:${migIndex}`))
      .map(({ uuid }) => uuid),
  );
};

const knownIds = (topology: Topology): Set<string> =>
  new Set(
    topology.devices
      .filter((device) => !device.health.lost)
      .flatMap((device) => [
        device.uuid,
        String(device.index),
        ...migDevicesOf(device).flatMap(({ uuid }, migIndex) => [
          uuid,
          `${device.index}:${migIndex}`,
        ]),
      ]),
  );

const renumbered = (devices: readonly SimulatedDevice[]): SimulatedDevice[] => {
  const newIndex = new Map(devices.map((device, index) => [device.index, index]));
  return devices.map((device, index) => ({
    ...device,
    index,
    processes: [],
    nvlinks: device.nvlinks.flatMap(({ peerIndex, links }) => {
      const peer = newIndex.get(peerIndex);
      return peer === undefined ? [] : [{ peerIndex: peer, links }];
    }),
  }));
};

/**
 * The host as a container with that request sees it: only those GPUs, of a GPU that is leased in
 * parts only those MIG devices, all numbered from 0 in the host's order, without other people's
 * processes. Ids are UUIDs, GPU indexes (`0`) or MIG devices as `gpu:device` (`0:1`).
 */
export const visibleTopology = (topology: Topology, request: DeviceRequest): VisibleResult => {
  if (request.kind === 'none') return { ok: true, topology: { ...topology, devices: [] } };
  const known = knownIds(topology);
  const ids = new Set(request.kind === 'all' ? known : request.ids);
  for (const id of ids) if (!known.has(id)) return { ok: false, unknownDevice: id };
  const devices = topology.devices.flatMap((device) => {
    if (device.health.lost) return [];
    const grant = grantOf(device, ids);
    if (grant === 'whole') return [device];
    if (grant.size === 0) return [];
    const migInstances = migDevicesOf(device).filter(({ uuid }) => grant.has(uuid));
    return [{ ...device, migInstances }];
  });
  return { ok: true, topology: { ...topology, mode: 'ok', devices: renumbered(devices) } };
};
