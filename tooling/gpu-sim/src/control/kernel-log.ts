import { appendFile, readFile } from 'node:fs/promises';
import { modelOf } from '../models.ts';
import type { SimulatedDevice, Topology } from '../topology.ts';

/** What the kernel module says in an Xid line after the process, by code, as seen in kernel logs. */
const xidTexts: Readonly<Record<number, string>> = {
  13: 'Graphics Exception: ESR 0x504730=0xc04000e 0x504734=0x20 0x504728=0x4c1eb72 0x50472c=0x174',
  31: 'Ch 0000000a, intr 00000000. MMU Fault: ENGINE GRAPHICS GPC2 GPCCLIENT_T1_7 faulted @ 0x7f2b_57b30000. Fault is of type FAULT_PDE ACCESS_TYPE_VIRT_READ',
  43: 'Ch 00000008',
  45: 'Ch 00000010',
  48: 'An uncorrectable double bit error (DBE) has been detected on GPU in the framebuffer at partition 6, subpartition 0.',
  63: 'Row Remapper: New row (0x0000000000d3cf1c) marked for remapping, reset gpu to activate.',
  64: 'Row Remapper: Failed to remap row.',
  74: 'NVLink: fatal error detected on link 2(0x10000, 0x0, 0x0, 0x0, 0x0, 0x0, 0x0)',
  79: 'GPU has fallen off the bus.',
  92: 'High single-bit ECC error rate',
  94: 'Contained: SM (0x1). RST: No, D-RST: No',
  95: 'Uncontained: SM (0x1). RST: Yes, D-RST: No',
  119: 'Timeout after 6s of waiting for RPC response from GPU0 GSP! Expected function 76 (GSP_RM_CONTROL) (0x20802002 0x8).',
  140: 'Unrecovered ECC error',
  154: 'GPU recovery action changed from 0x0 (None) to 0x1 (GPU Reset Required)',
};

/** Who caused an Xid, and words that replace the usual ones. */
export interface XidDetails {
  readonly pid?: number;
  readonly name?: string;
  /** Text after the process. */
  readonly text?: string;
}

/** Codes that the driver logs without a process. */
const withoutProcess: ReadonlySet<number> = new Set([63, 64, 74, 154]);

/** The lines that the kernel module logs for an Xid, without what the kernel puts before them. */
export const xidLines = (
  device: Pick<SimulatedDevice, 'pciBusId'>,
  code: number,
  { pid, name, text }: XidDetails = {},
): readonly string[] => {
  const bus = busOf(device);
  const process =
    pid === undefined && withoutProcess.has(code)
      ? ''
      : ` pid=${pid ?? "'<unknown>'"}, name=${name ?? '<unknown>'},`;
  const words = text ?? xidTexts[code] ?? 'Unknown error';
  const line = `NVRM: Xid (PCI:${bus.slice(0, -2)}): ${code},${process} ${words}`;
  return code === 79 ? [line, `NVRM: GPU ${bus}: ${words}`] : [line];
};

const busOf = ({ pciBusId }: Pick<SimulatedDevice, 'pciBusId'>): string =>
  pciBusId.slice(4).toLowerCase();

/** What the module logs when it is loaded: the machine has just started, or the driver is new. */
export const driverLoadedLine = ({ driverVersion }: Pick<Topology, 'driverVersion'>): string =>
  `NVRM: loading NVIDIA UNIX x86_64 Kernel Module  ${driverVersion}  Tue Apr  8 12:41:17 UTC 2025`;

/** What the kernel logs when it finds a device on the bus. */
export const deviceFoundLine = (device: Pick<SimulatedDevice, 'pciBusId' | 'model'>): string =>
  `pci ${busOf(device)}: [10de:${modelOf(device.model)
    .pciDeviceId.slice(0, 4)
    .toLowerCase()}] type 00 class 0x030200`;

/** What the module logs before the first Xid of a GPU, so that the bus id can be told. */
const identityLines = ({ uuid, serial, ...device }: SimulatedDevice): readonly string[] => [
  `NVRM: GPU at PCI:${busOf(device).slice(0, -2)}: ${uuid}`,
  `NVRM: GPU Board Serial Number: ${serial}`,
];

/** Priority of the kernel's facility 0, level "error". */
const priority = 3;

/**
 * Appends records to a file in the form that /dev/kmsg gives: `3,SEQUENCE,MICROSECONDS,-;TEXT`, the
 * time since the machine started. The caller holds the simulator's lock.
 */
export const appendKernelLog = async (path: string, texts: readonly string[]): Promise<void> => {
  const existing = await readFile(path, 'utf8').catch(() => '');
  const lastSequence = /^\d+,(\d+),/u.exec(existing.trimEnd().split('\n').at(-1) ?? '')?.[1];
  const first = lastSequence === undefined ? 0 : Number(lastSequence) + 1;
  const micros = process.hrtime.bigint() / 1000n;
  const records = texts.map((text, index) => `${priority},${first + index},${micros},-;${text}\n`);
  await appendFile(path, records.join(''));
};

/** Appends what the kernel module logs for an Xid. The caller holds the simulator's lock. */
export const appendXid = async (
  path: string,
  device: SimulatedDevice,
  { code, ...details }: XidDetails & { readonly code: number },
): Promise<void> => {
  const existing = await readFile(path, 'utf8').catch(() => '');
  const sinceLoaded = existing.slice(existing.lastIndexOf('NVRM: loading NVIDIA'));
  const identity = identityLines(device);
  const introduced = sinceLoaded.includes(`;${identity[0]}\n`);
  const lines = xidLines(device, code, details);
  await appendKernelLog(path, introduced ? lines : [...identity, ...lines]);
};
