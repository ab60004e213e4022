import type { Clock } from '@ds01/ports';
import type { DeviceList } from './device-list.ts';
import type { Topology } from './topology.ts';

const keepMs = 60 * 60 * 1000;
const keepFailureMs = 60 * 1000;

/**
 * Remembers the topology as long as the same GPUs with the same MIG state are listed, an hour at
 * most: it is slow to read and changes with those two only. A failed reading means no topology, and
 * is tried again after a minute.
 */
export function createTopologyCache(deps: {
  readonly read: () => Promise<Topology>;
  readonly clock: Clock;
}): (list: DeviceList) => Promise<Topology | null> {
  let kept: { key: string; topology: Topology | null; untilMs: number; atMs: number } | null = null;
  return async (list) => {
    const key = list.devices
      .map((device) => `${device.index} ${device.uuid} ${device.migDevices.length > 0}`)
      .join('\n');
    const nowMs = deps.clock.nowMs();
    if (kept !== null && kept.key === key && kept.atMs <= nowMs && nowMs < kept.untilMs) {
      return kept.topology;
    }
    const topology = list.devices.length === 0 ? null : await deps.read().catch(() => null);
    const forMs = topology === null ? keepFailureMs : keepMs;
    kept = { key, topology, atMs: nowMs, untilMs: nowMs + forMs };
    return topology;
  };
}
