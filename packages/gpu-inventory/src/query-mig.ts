import { readInteger, readMebibytes, readText, valueOf } from './values.ts';
import { elementAt, textAt, type XmlElement } from './xml.ts';

/** A MIG device entry of `nvidia-smi -q -x`; it has no UUID there. */
export interface QueriedMigDevice {
  readonly index: number;
  readonly gpuInstanceId: number | null;
  readonly computeInstanceId: number | null;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
}

/** The first driver generation that knows MIG, and since then always says something about it. */
const firstMigDriver = 450;

/**
 * Current MIG mode: `N/A` is hardware without MIG, and so is a missing field, but only of a driver
 * that is older than MIG.
 */
export function readMigMode(
  gpu: XmlElement,
  driverVersion: string | null,
): 'enabled' | 'disabled' | 'unsupported' | 'unknown' {
  const text = textAt(gpu, 'mig_mode', 'current_mig');
  if (text === 'Enabled') return 'enabled';
  if (text === 'Disabled') return 'disabled';
  const pending = textAt(gpu, 'mig_mode', 'pending_mig');
  // A GPU that has no mode has none to change to either.
  if (saysUnsupported(text) && (pending === null || saysUnsupported(pending))) return 'unsupported';
  const isOlder = Number.parseInt(driverVersion ?? '', 10) < firstMigDriver;
  return isOlder && elementAt(gpu, 'mig_mode') === undefined ? 'unsupported' : 'unknown';
}

/** The MIG mode that waits for a reset of the GPU; `null` when it has the mode that it is to have. */
export function readPendingMigMode(gpu: XmlElement): 'enabled' | 'disabled' | null {
  const current = textAt(gpu, 'mig_mode', 'current_mig');
  const pending = textAt(gpu, 'mig_mode', 'pending_mig');
  if (pending === current) return null;
  return pending === 'Enabled' ? 'enabled' : pending === 'Disabled' ? 'disabled' : null;
}

function saysUnsupported(text: string | null): boolean {
  return /^(?:n\/a|\[n\/a\]|\[not supported\])$/iu.test(text?.trim() ?? '');
}

function readMigDevice(entry: XmlElement): QueriedMigDevice | null {
  const index = readInteger(textAt(entry, 'index'));
  if (entry.name !== 'mig_device' || index.kind !== 'known') return null;
  return {
    index: index.value,
    gpuInstanceId: valueOf(readInteger(textAt(entry, 'gpu_instance_id'))),
    computeInstanceId: valueOf(readInteger(textAt(entry, 'compute_instance_id'))),
    memoryBytes: valueOf(readMebibytes(textAt(entry, 'fb_memory_usage', 'total'))),
    memoryUsedBytes: valueOf(readMebibytes(textAt(entry, 'fb_memory_usage', 'used'))),
  };
}

/**
 * The MIG devices of a `<gpu>` element; `complete` is false when the list has an entry without an
 * index, an index twice, or can't be told from an error.
 */
export function readMigDevices(gpu: XmlElement): {
  readonly migDevices: readonly QueriedMigDevice[];
  readonly complete: boolean;
} {
  const list = elementAt(gpu, 'mig_devices');
  if (list === undefined) return { migDevices: [], complete: true };
  const entries = list.children.map(readMigDevice);
  const migDevices = entries.filter((entry) => entry !== null);
  const distinct = new Set(migDevices.map((device) => device.index)).size === migDevices.length;
  const word = readText(list.text);
  const said = word.kind === 'unknown' || (word.kind === 'known' && word.value === 'None');
  return { migDevices, complete: said && distinct && migDevices.length === entries.length };
}
