import { resolve } from 'node:path';
import { change } from '../answer.ts';
import { simulatorPaths } from '../paths.ts';
import type { Answer } from '../render/answer-types.ts';
import { generationOf } from '../render/generation.ts';
import { updateState } from '../state.ts';
import { parseTimeline } from '../timeline.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';
import { setDriver } from './driver.ts';
import {
  appendKernelLog,
  appendXid,
  deviceFoundLine,
  driverLoadedLine,
  type XidDetails,
} from './kernel-log.ts';
import { findSlot, type SlotName } from './slot.ts';

/** A process that {@link GpuSimControl.addProcess} starts on a GPU. */
export interface NewProcess {
  readonly pid: number;
  /** Default `python3`. */
  readonly name?: string;
  /** Default 0. The memory in use on the GPU and MIG device grows by it. */
  readonly usedMemoryMiB?: number;
  /** Compute, graphics or both; default `C`. */
  readonly type?: 'C' | 'G' | 'C+G';
}

/** Parts of a GPU's health; what is left out stays. */
export interface HealthChange {
  readonly recoveryAction?: SimulatedDevice['health']['recoveryAction'];
  /** What figures read that the driver fails to get; null = they are there. */
  readonly brokenFigures?: SimulatedDevice['health']['brokenFigures'];
  readonly ecc?: Partial<SimulatedDevice['health']['ecc']>;
  readonly remappedRows?: Partial<SimulatedDevice['health']['remappedRows']>;
}

/**
 * What tests do to a simulated host while it runs. Each call is one step that the next `nvidia-smi`
 * sees; calls of several processes are applied one after the other. All throw an Error for a GPU or
 * MIG device that isn't there, and change nothing then.
 */
export interface GpuSimControl {
  /** Percent, or a timeline from now on (`0s: 90, 60s: 0`), or null: the tool prints `N/A`. */
  readonly setUtilization: (slot: SlotName, value: number | string | null) => Promise<void>;
  readonly setUsedMemory: (slot: SlotName, usedMemoryMiB: number) => Promise<void>;
  readonly setTemperature: (slot: SlotName, degreesC: number) => Promise<void>;
  readonly addProcess: (slot: SlotName, process: NewProcess) => Promise<void>;
  /** Ends the process on every GPU and gives its memory back; none of that pid is no error. */
  readonly removeProcess: (pid: number) => Promise<void>;
  /** Logs an Xid, as the kernel module does; by itself it changes nothing else. */
  readonly injectXid: (slot: SlotName, code: number, details?: XidDetails) => Promise<void>;
  /**
   * The GPU falls off the bus: Xid 79 (and 154 where the driver has recovery actions), and no handle
   * any more (or, `values`, figures that say so).
   */
  readonly loseDevice: (slot: SlotName, form?: 'handle' | 'values') => Promise<void>;
  /** The bus finds the GPU again: no processes, its MIG instances as before, healthy. */
  readonly restoreDevice: (slot: SlotName) => Promise<void>;
  readonly setHealth: (slot: SlotName, health: HealthChange) => Promise<void>;
  /** The tool never answers from now on, until a signal. */
  readonly hang: () => Promise<void>;
  /** The driver is not loaded, or another than the tool's. */
  readonly fail: (why: 'driver-not-loaded' | 'version-mismatch') => Promise<void>;
  /** The tool answers again. */
  readonly recover: () => Promise<void>;
  /** A version (`550.163.01`) or a generation (`legacy`, `v11`, `v12`, `v13`). */
  readonly setDriver: (driver: string) => Promise<void>;
  /** A call of the tool that changes the host (`mig -cgi ...`), as root, without a process. */
  readonly nvidiaSmi: (argumentList: readonly string[]) => Promise<Answer>;
}

const rebootRequired = 'GPU recovery action changed from 0x0 (None) to 0x2 (Node Reboot Required)';

const setUsedMemory = (topology: Topology, slot: SlotName, usedMemoryMiB: number): void => {
  const { device, instance } = findSlot(topology, slot);
  if (instance === null) device.usedMemoryMiB = usedMemoryMiB;
  else {
    device.usedMemoryMiB += usedMemoryMiB - instance.usedMemoryMiB;
    instance.usedMemoryMiB = usedMemoryMiB;
  }
};

const setUtilization = (
  topology: Topology,
  slot: SlotName,
  value: number | string | null,
): void => {
  const { device, instance } = findSlot(topology, slot);
  if (instance !== null) throw new Error('nvidia-smi prints no utilization of a MIG device');
  device.timeline = typeof value === 'string' ? parseTimeline(value, Date.now()) : null;
  if (typeof value === 'string') return;
  const memoryPercent = device.utilization?.memoryPercent ?? 0;
  device.utilization = value === null ? null : { gpuPercent: value, memoryPercent };
};

const addProcess = (topology: Topology, slot: SlotName, added: NewProcess): void => {
  const { device, instance } = findSlot(topology, slot);
  const { pid, name = 'python3', usedMemoryMiB = 0, type = 'C' } = added;
  device.processes.push({
    pid,
    name,
    usedMemoryMiB,
    type,
    gpuInstanceId: instance?.gpuInstanceId ?? null,
    computeInstanceId: instance?.computeInstanceId ?? null,
  });
  device.usedMemoryMiB += usedMemoryMiB;
  if (instance !== null) instance.usedMemoryMiB += usedMemoryMiB;
};

const removeProcess = (topology: Topology, pid: number): void => {
  for (const device of topology.devices) {
    for (const ended of device.processes.filter((process) => process.pid === pid)) {
      const instance = device.migInstances.find(
        ({ gpuInstanceId, computeInstanceId }) =>
          gpuInstanceId === ended.gpuInstanceId && computeInstanceId === ended.computeInstanceId,
      );
      device.usedMemoryMiB = Math.max(device.usedMemoryMiB - ended.usedMemoryMiB, 0);
      if (instance === undefined) continue;
      instance.usedMemoryMiB = Math.max(instance.usedMemoryMiB - ended.usedMemoryMiB, 0);
    }
    device.processes = device.processes.filter((process) => process.pid !== pid);
  }
};

const restore = (device: SimulatedDevice): void => {
  device.processes = [];
  device.usedMemoryMiB = 0;
  for (const instance of device.migInstances) instance.usedMemoryMiB = 0;
  Object.assign(device.health, {
    lost: false,
    xid: null,
    brokenFigures: null,
    recoveryAction: 'None',
  });
};

const setHealth = (device: SimulatedDevice, changes: HealthChange): void => {
  const { health } = device;
  health.recoveryAction = changes.recoveryAction ?? health.recoveryAction;
  if (changes.brokenFigures !== undefined) health.brokenFigures = changes.brokenFigures;
  Object.assign(health.ecc, changes.ecc);
  Object.assign(health.remappedRows, changes.remappedRows);
};

/** Controls the simulated host in a folder that `prepareGpuSim` (or docker-host) made. */
export const createGpuSimControl = (directory: string): GpuSimControl => {
  const paths = simulatorPaths(resolve(directory));
  const update = async (alter: (draft: Topology) => void | Promise<void>): Promise<void> => {
    await updateState(directory, alter);
  };
  const logXid = async (device: SimulatedDevice, code: number, details?: XidDetails) => {
    device.health.xid = code;
    await appendXid(paths.kernelLog, device, { ...details, code });
  };
  const setMode = async (mode: Topology['mode']): Promise<void> =>
    update((draft) => {
      draft.mode = mode;
    });
  return {
    setUtilization: async (slot, value) => update((draft) => setUtilization(draft, slot, value)),
    setUsedMemory: async (slot, amount) => update((draft) => setUsedMemory(draft, slot, amount)),
    setTemperature: async (slot, degreesC) =>
      update((draft) => {
        findSlot(draft, slot).device.temperatureC = degreesC;
      }),
    addProcess: async (slot, process) => update((draft) => addProcess(draft, slot, process)),
    removeProcess: async (pid) => update((draft) => removeProcess(draft, pid)),
    injectXid: async (slot, code, details) =>
      update(async (draft) => logXid(findSlot(draft, slot).device, code, details)),
    loseDevice: async (slot, form = 'handle') =>
      update(async (draft) => {
        const { device } = findSlot(draft, slot);
        Object.assign(device.health, { lost: true, lostForm: form });
        await logXid(device, 79);
        if (generationOf(draft.driverVersion).recoveryAction) {
          await appendXid(paths.kernelLog, device, { code: 154, text: rebootRequired });
        }
      }),
    restoreDevice: async (slot) =>
      update(async (draft) => {
        const { device } = findSlot(draft, slot);
        restore(device);
        await appendKernelLog(paths.kernelLog, [deviceFoundLine(device)]);
      }),
    setHealth: async (slot, health) =>
      update((draft) => setHealth(findSlot(draft, slot).device, health)),
    hang: async () => setMode('hanging'),
    fail: async (why) => setMode(why === 'driver-not-loaded' ? 'failing' : 'mismatch'),
    recover: async () => setMode('ok'),
    setDriver: async (driver) =>
      update(async (draft) => {
        setDriver(draft, driver);
        await appendKernelLog(paths.kernelLog, [driverLoadedLine(draft)]);
      }),
    nvidiaSmi: async (argumentList) => {
      const { result } = await updateState(directory, (draft) =>
        change(draft, argumentList, { privileged: true }),
      );
      return result;
    },
  };
};
