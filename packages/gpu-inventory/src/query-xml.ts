import { deviceUuidSchema, type DeviceUuid, type GpuDevice } from '@ds01/contracts';
import { examineDevice, hasFailed, recoveryActionOf, type Findings } from './device-health.ts';
import { isBusId, normalBusId, saysNoDevices, splitNotices, type DeviceNotice } from './notices.ts';
import { probeFailure } from './probe-failure.ts';
import {
  readMigDevices,
  readMigMode,
  readPendingMigMode,
  type QueriedMigDevice,
} from './query-mig.ts';
import type { GpuProcess } from '@ds01/contracts';
import { neutraliseProcessNames, readProcesses } from './query-processes.ts';
import {
  readInteger,
  readMebibytes,
  readPercent,
  readText,
  valueOf,
  type Reading,
} from './values.ts';
import { childrenOf, readXml, textAt, type XmlElement } from './xml.ts';

/** What `nvidia-smi -q -x` says about one GPU. Every `null` means unknown, never zero. */
export interface QueriedDevice {
  /** `null` when the driver can't say which device this is. */
  readonly uuid: DeviceUuid | null;
  readonly productName: string | null;
  readonly minorNumber: number | null;
  /** As `00000000:5F:00.0`. */
  readonly pciBusId: string | null;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly utilizationPercent: number | null;
  readonly migMode: GpuDevice['migMode'];
  /** What a reset will make of it; `null` when it is that already. */
  readonly migModePending: 'enabled' | 'disabled' | null;
  readonly persistenceMode: boolean | null;
  readonly migDevices: readonly QueriedMigDevice[];
  readonly processes: readonly GpuProcess[];
  readonly findings: Findings;
  /** Nothing can work on it until it is reset or replaced. */
  readonly hasFailed: boolean;
  /** What the driver asks for, `None` included; `null` on drivers that don't say. */
  readonly recoveryAction: string | null;
}

/** The output of `nvidia-smi -q -x`. */
export interface QueriedHost {
  readonly driverVersion: string | null;
  readonly cudaVersion: string | null;
  /** How many GPUs the driver counts, listed below or not. */
  readonly attachedCount: number;
  readonly devices: readonly QueriedDevice[];
  readonly notices: readonly DeviceNotice[];
}

/** A value with the doubt or fault that reading it raises. */
function taken<Value>(name: string, reading: Reading<Value>, doubts: string[]): Value | null {
  if (reading.kind === 'unreadable') doubts.push(`${name} is "${reading.text.slice(0, 60)}".`);
  return valueOf(reading);
}

function readDevice(gpu: XmlElement, driverVersion: string | null): QueriedDevice {
  const examined = examineDevice(gpu);
  const doubts = [...examined.doubts];
  const uuid = deviceUuidSchema.safeParse(textAt(gpu, 'uuid'));
  const busId = readText(textAt(gpu, 'pci', 'pci_bus_id'));
  const pciBusId = busId.kind === 'known' && isBusId(busId.value) ? normalBusId(busId.value) : null;
  const field = (...path: string[]): string | null => textAt(gpu, ...path);
  const { processes, complete: allProcesses } = readProcesses(gpu);
  const { migDevices, complete: allMigDevices } = readMigDevices(gpu);
  const migMode = readMigMode(gpu, driverVersion);
  if (!uuid.success) doubts.push('The device has no readable UUID.');
  if (busId.kind === 'known' && pciBusId === null) doubts.push('Its bus id can’t be read.');
  if (!allProcesses) doubts.push('Its list of processes can’t be read.');
  if (!allMigDevices) doubts.push('Its list of MIG devices can’t be read.');
  if (migMode === 'unknown') doubts.push('Its MIG mode can’t be read.');
  if (migMode !== 'enabled' && migDevices.length > 0) {
    doubts.push('It has MIG devices although MIG is not enabled.');
  }
  const device = {
    uuid: uuid.success ? uuid.data : null,
    productName: valueOf(readText(field('product_name'))),
    minorNumber: valueOf(readInteger(field('minor_number'))),
    pciBusId,
    memoryBytes: taken('Memory', readMebibytes(field('fb_memory_usage', 'total')), doubts),
    memoryUsedBytes: taken('Used memory', readMebibytes(field('fb_memory_usage', 'used')), doubts),
    utilizationPercent: taken('Utilisation', readPercent(field('utilization', 'gpu_util')), doubts),
  };
  const settings = {
    migModePending: readPendingMigMode(gpu),
    persistenceMode: switchIn(field('persistence_mode')),
  };
  const findings = { ...examined, doubts };
  const state = { hasFailed: hasFailed(gpu), recoveryAction: recoveryActionOf(gpu) };
  return { ...device, migMode, ...settings, migDevices, processes, findings, ...state };
}

function switchIn(text: string | null): boolean | null {
  return text === 'Enabled' ? true : text === 'Disabled' ? false : null;
}

function refuseRepeatedUuids(devices: readonly QueriedDevice[]): void {
  const uuids = devices.flatMap((device) => (device.uuid === null ? [] : [device.uuid]));
  const repeated = uuids.find((uuid, position) => uuids.indexOf(uuid) !== position);
  if (repeated === undefined) return;
  throw probeFailure(`nvidia-smi -q -x describes ${repeated} twice.`);
}

/**
 * Reads `nvidia-smi -q -x` (nvsmi_device DTD versions 11 to 13). "No devices were found" is an empty
 * host. What is wrong with one device is in its findings; throws `gpu.probe-failed` for output that
 * is not such a document, has no or a smaller count of attached GPUs, or describes a UUID twice.
 */
export function parseQueryXml(output: string): QueriedHost {
  const { text, notices } = splitNotices(output);
  if (saysNoDevices(text)) {
    return { driverVersion: null, cudaVersion: null, attachedCount: 0, devices: [], notices };
  }
  const log = readXml(neutraliseProcessNames(text), 'nvidia_smi_log');
  const attached = readInteger(textAt(log, 'attached_gpus'));
  const driverVersion = valueOf(readText(textAt(log, 'driver_version')));
  const devices = childrenOf(log, 'gpu').map((gpu) => readDevice(gpu, driverVersion));
  if (attached.kind !== 'known' || attached.value < devices.length) {
    throw probeFailure('nvidia-smi -q -x contradicts itself about the number of GPUs.', {
      attachedGpus: textAt(log, 'attached_gpus'),
      described: devices.length,
    });
  }
  refuseRepeatedUuids(devices);
  return {
    driverVersion,
    cudaVersion: valueOf(readText(textAt(log, 'cuda_version'))),
    attachedCount: attached.value,
    devices,
    notices,
  };
}
