import { z } from 'zod';
import type { SimulatedDevice, Topology } from './topology.ts';

/** A change as words of a command line. */
export interface SetRequest {
  readonly mode?: string;
  /** Index of the GPU that the assignments are about. */
  readonly gpu?: string;
  /** `key=value`, see {@link setDevice}. */
  readonly assignments: readonly string[];
}

const integer = z.coerce.number<string>().int();
const mode = z.enum(['ok', 'failing', 'hanging']);
const flag = z.stringbool();

const setters: Readonly<Record<string, (device: SimulatedDevice, value: string) => void>> = {
  utilization: (device, value) => {
    device.utilization = {
      memoryPercent: device.utilization?.memoryPercent ?? 0,
      gpuPercent: integer.parse(value),
    };
  },
  'memory-utilization': (device, value) => {
    device.utilization = {
      gpuPercent: device.utilization?.gpuPercent ?? 0,
      memoryPercent: integer.parse(value),
    };
  },
  'used-memory-mib': (device, value) => {
    device.usedMemoryMiB = integer.parse(value);
  },
  temperature: (device, value) => {
    device.temperatureC = integer.parse(value);
  },
  lost: (device, value) => {
    device.health.lost = flag.parse(value);
  },
  xid: (device, value) => {
    device.health.xid = value === 'none' ? null : integer.parse(value);
  },
};

/**
 * Applies a change given as words: `mode`, and for one GPU `utilization`, `memory-utilization`
 * (percent), `used-memory-mib`, `temperature` (degrees C), `lost` (true, false), `xid` (a number or
 * `none`). Returns a new topology; throws an Error for unknown keys, GPUs and values.
 */
export const setDevice = (topology: Topology, request: SetRequest): Topology => {
  const next = structuredClone(topology);
  if (request.mode !== undefined) next.mode = mode.parse(request.mode);
  if (request.assignments.length === 0) return next;
  const device = next.devices.find((candidate) => String(candidate.index) === request.gpu);
  if (device === undefined) throw new Error(`no GPU ${request.gpu ?? '(--gpu is missing)'}`);
  for (const assignment of request.assignments) {
    const [key = '', value = ''] = assignment.split('=', 2);
    const setter = Object.hasOwn(setters, key) ? setters[key] : undefined;
    if (setter === undefined) throw new Error(`unknown key: ${key}`);
    setter(device, value);
  }
  return next;
};
