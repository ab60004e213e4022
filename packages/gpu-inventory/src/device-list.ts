import { deviceUuidSchema, slotUuidSchema, type DeviceUuid, type SlotUuid } from '@ds01/contracts';
import { saysNoDevices, splitNotices, type DeviceNotice } from './notices.ts';
import { firstLine, probeFailure } from './probe-failure.ts';
import { readText } from './values.ts';

/** A MIG line of `nvidia-smi -L`. */
export interface ListedMigDevice {
  readonly index: number;
  readonly profile: string;
  readonly uuid: SlotUuid;
}

/** A GPU line of `nvidia-smi -L` with the MIG lines under it. */
export interface ListedDevice {
  readonly index: number;
  readonly name: string;
  readonly uuid: DeviceUuid;
  readonly migDevices: readonly ListedMigDevice[];
}

/** The output of `nvidia-smi -L`. */
export interface DeviceList {
  /** In ascending order of index; an index may be missing. */
  readonly devices: readonly ListedDevice[];
  readonly notices: readonly DeviceNotice[];
  /** The tool gave up on the way, and what comes behind could not be read. */
  readonly isCut?: boolean;
}

const namelessLine = /^GPU \d{1,4}: .+ \(UUID: ([^()]+)\)$/u;
const gpuLine = /^GPU (\d{1,4}): (.+) \(UUID: ([^()\s]+)\)$/u;
const migLine = /^\s+MIG (\S+)\s+Device\s+(\d{1,4}): \(UUID: ([^()\s]+)\)$/u;

type DeviceInTheMaking = Omit<ListedDevice, 'migDevices'> & { migDevices: ListedMigDevice[] };

function readGpu(line: string): DeviceInTheMaking | undefined {
  const match = gpuLine.exec(line);
  const uuid = deviceUuidSchema.safeParse(match?.[3]);
  if (match === null || !uuid.success) return undefined;
  return {
    index: Number(match[1]),
    name: (match[2] ?? '').trim(),
    uuid: uuid.data,
    migDevices: [],
  };
}

/** A GPU whose UUID the driver can't tell; nobody can be given it. */
function readNameless(line: string): DeviceNotice | undefined {
  const uuid = namelessLine.exec(line)?.[1];
  if (uuid === undefined || readText(uuid).kind === 'known') return undefined;
  return { kind: 'unreachable', pciBusId: null, text: line.slice(0, 200) };
}

function readMig(line: string): ListedMigDevice | undefined {
  const match = migLine.exec(line);
  const uuid = slotUuidSchema.safeParse(match?.[3]);
  if (match === null || !uuid.success || !uuid.data.startsWith('MIG-')) return undefined;
  return { index: Number(match[2]), profile: match[1] ?? '', uuid: uuid.data };
}

function refuseRepeats(what: string, values: readonly (string | number)[]): void {
  const repeated = values.find((value, position) => values.indexOf(value) !== position);
  if (repeated === undefined) return;
  throw probeFailure(`nvidia-smi -L lists ${what} ${repeated} twice.`);
}

/** The GPUs of the lines, and those that have no name. */
function readLines(lines: readonly string[]): {
  readonly devices: readonly DeviceInTheMaking[];
  readonly nameless: readonly DeviceNotice[];
} {
  const devices: DeviceInTheMaking[] = [];
  const nameless: DeviceNotice[] = [];
  let parent: DeviceInTheMaking | 'nameless' | undefined;
  for (const line of lines) {
    const gpu = readGpu(line);
    const unnamed = readNameless(line);
    const mig = readMig(line);
    if (gpu !== undefined) {
      devices.push(gpu);
      parent = gpu;
    } else if (unnamed !== undefined) {
      nameless.push(unnamed);
      parent = 'nameless';
    } else if (mig === undefined || parent === undefined) {
      throw probeFailure('nvidia-smi -L printed a line that is not understood.', {
        line: firstLine(line),
      });
    } else if (parent !== 'nameless') parent.migDevices.push(mig);
  }
  return { devices, nameless };
}

/**
 * Reads `nvidia-smi -L`, with the UUIDs of all drivers (`MIG-<uuid>`, `MIG-GPU-<uuid>/<gi>/<ci>`).
 * "No devices found" is an empty list. Lines about devices without a handle or a UUID become notices.
 * Throws `gpu.probe-failed` for any other line, an empty output, and an index or UUID that occurs
 * twice.
 */
export function parseDeviceList(output: string): DeviceList {
  const { text, notices: told } = splitNotices(output);
  if (saysNoDevices(text)) return { devices: [], notices: told };
  const lines = text.split('\n').map((line) => line.trimEnd());
  const { devices, nameless } = readLines(lines.filter((line) => line !== ''));
  const notices = [...told, ...nameless];
  if (devices.length === 0 && notices.length === 0) {
    throw probeFailure('nvidia-smi -L printed nothing.');
  }
  refuseRepeats(
    'GPU',
    devices.map((device) => device.index),
  );
  refuseRepeats('UUID', devices.flatMap(uuidsOf));
  for (const device of devices) {
    refuseRepeats(
      `on GPU ${device.index} MIG device`,
      device.migDevices.map((mig) => mig.index),
    );
  }
  return { devices: devices.toSorted((left, right) => left.index - right.index), notices };
}

function uuidsOf(device: ListedDevice): string[] {
  return [device.uuid, ...device.migDevices.map((mig) => mig.uuid)];
}
