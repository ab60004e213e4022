import type { Clock } from '@ds01/ports';
import type { DeviceList } from './device-list.ts';

const keepMs = 60 * 60 * 1000;
const keepFailureMs = 60 * 1000;

/**
 * Remembers what can change only with the GPUs and their MIG state, as long as the same ones are
 * listed, an hour at most: some of it is slow to read. A failed reading is `null`, and is tried again
 * after a minute; without GPUs nothing is read.
 */
export function createListCache<Value>(deps: {
  readonly read: () => Promise<Value>;
  readonly clock: Clock;
}): (list: DeviceList) => Promise<Value | null> {
  let kept: { key: string; value: Value | null; untilMs: number; atMs: number } | null = null;
  return async (list) => {
    const key = list.devices
      .map((device) => `${device.index} ${device.uuid} ${device.migDevices.length > 0}`)
      .join('\n');
    const nowMs = deps.clock.nowMs();
    if (kept !== null && kept.key === key && kept.atMs <= nowMs && nowMs < kept.untilMs) {
      return kept.value;
    }
    const value = list.devices.length === 0 ? null : await deps.read().catch(() => null);
    const forMs = value === null ? keepFailureMs : keepMs;
    kept = { key, value, atMs: nowMs, untilMs: nowMs + forMs };
    return value;
  };
}
