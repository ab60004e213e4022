import { containerScript } from '../script/container-script.ts';
import type { Topology } from '../topology.ts';
import { migDevicesOf } from '../mig/instances.ts';
import type { DeviceRequest } from './request.ts';
import { visibleTopology } from './visible-topology.ts';

/** What the hook reads at each container start: rendered when the topology changes, not then. */
export interface Compiled {
  /** For the requests that have no script here. */
  readonly topology: Topology;
  /** Which script answers a request for that one device (each of its ids), or for `all`. */
  readonly scriptOf: Readonly<Record<string, number>>;
  readonly scripts: readonly string[];
}

const deviceIds = (topology: Topology): string[][] =>
  topology.devices.flatMap((device) => [
    [device.uuid, String(device.index)],
    ...migDevicesOf(device).map(({ uuid }, migIndex) => [uuid, `${device.index}:${migIndex}`]),
  ]);

/** Renders what the hook needs for the usual requests. Lost devices have no script. */
export const compile = (topology: Topology): Compiled => {
  const scriptOf: Record<string, number> = {};
  const scripts: string[] = [];
  const add = (request: DeviceRequest, ids: readonly string[]): void => {
    const visible = visibleTopology(topology, request);
    if (!visible.ok) return;
    for (const id of ids) scriptOf[id] = scripts.length;
    scripts.push(containerScript(visible.topology));
  };
  add({ kind: 'all' }, ['all']);
  for (const ids of deviceIds(topology)) add({ kind: 'list', ids }, ids);
  return { topology, scriptOf, scripts };
};
