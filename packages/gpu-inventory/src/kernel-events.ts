import { deviceUuidSchema, type DeviceUuid } from '@ds01/contracts';
import { fatalXids } from './xid-catalogue.ts';
import { normalBusId } from './notices.ts';

/** A fatal Xid that nothing has put right since. */
export interface XidFault {
  readonly code: number;
  /** A sentence for people. */
  readonly text: string;
  readonly isInRecoveryAction: boolean;
}

/** What the kernel log has said about GPUs so far, by bus id without function (`00000000:3B:00`). */
export interface KernelEvents {
  readonly faults: ReadonlyMap<string, readonly XidFault[]>;
  readonly uuids: ReadonlyMap<string, DeviceUuid>;
}

/** Nothing has been said yet. */
export const noKernelEvents: KernelEvents = { faults: new Map(), uuids: new Map() };

/** Bus id of a device or a slot of the bus as the kernel's events are kept under. */
export function busSlotOf(busId: string): string {
  return normalBusId(busId).replace(/\.[0-9A-F]$/u, '');
}

/** `priority,sequence,microseconds,flags;text` of /dev/kmsg (kernel documentation, dev-kmsg). */
const record = /^(\d+),\d+,\d+,[^;]*;(.*)$/u;
const bus = String.raw`([0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2})(?:\.[0-9a-f])?`;
// Anchored, and longer than the 15 characters that a process can put at the start of a line.
const xidLine = new RegExp(
  String.raw`^NVRM: Xid \((?:PCI:)?${bus}(?: GPU-I:\d+)?\): (\d{1,4})(?:, (.*))?$`,
  'iu',
);
const uuidLine = new RegExp(String.raw`^NVRM: GPU at (?:PCI:)?${bus}: (GPU-[0-9a-f-]+)`, 'iu');
const driverLoaded = /^NVRM: loading NVIDIA UNIX /u;
const enumerated = new RegExp(String.raw`^pci ${bus}: \[10de:`, 'iu');
const markedReset = new RegExp(String.raw`^ds01: GPU ${bus} was reset$`, 'iu');
const recoveryChange = /GPU recovery action changed from .* to \S+ \(([^()]*)\)/u;

/** The message of a kernel log line, with `isKernel` false for one that a program wrote. */
function messageOf(line: string): { readonly text: string; readonly isKernel: boolean } {
  const match = record.exec(line);
  if (match === null) return { text: line.replace(/^\[ *\d+\.\d+\] /u, ''), isKernel: true };
  // The priority is facility * 8 + level; the kernel's own facility is 0.
  return { text: match[2] ?? '', isKernel: Number(match[1]) < 8 };
}

/** The process that ran into it, which may be anybody's. */
const processField = /\b(?:pid|name)=[^,]*(?:,\s*|$)/gu;

function faultOf(code: number, text: string): XidFault | null {
  const meaning = fatalXids.get(code);
  if (meaning === undefined) return null;
  const shown = text.replaceAll(processField, '').trim().slice(0, 120);
  const said = shown === '' ? '' : ` (${shown})`;
  return { code, text: `Xid ${code}: ${meaning.description}${said}.`, ...meaning };
}

/** Xid 154 sums up what the others before it call for. */
function afterRecoveryChange(action: string, before: readonly XidFault[]): readonly XidFault[] {
  if (action === 'None') return before.filter(({ isInRecoveryAction }) => !isInRecoveryAction);
  const text = `Xid 154: the driver asks for a recovery action (${action.slice(0, 60)}).`;
  return [
    ...before.filter(({ code }) => code !== 154),
    { code: 154, text, isInRecoveryAction: true },
  ];
}

/**
 * Takes one line of the kernel log into account. Fatal Xids stay until the log shows that the GPU
 * began anew: the driver was loaded, the bus found the device again, the driver's recovery action
 * went back to none, or an administrator wrote `ds01: GPU 0000:3b:00 was reset` to /dev/kmsg (the
 * driver logs nothing of a reset by hand). The log itself doesn't outlive a reboot.
 */
export function withKernelLine(events: KernelEvents, line: string): KernelEvents {
  const { text, isKernel } = messageOf(line);
  const reset = markedReset.exec(text) ?? (isKernel ? enumerated.exec(text) : null);
  if (reset !== null) return { ...events, faults: without(events.faults, reset[1] ?? '') };
  if (!isKernel || !text.startsWith('NVRM: ')) return events;
  if (driverLoaded.test(text)) return { ...events, faults: new Map() };
  const uuid = uuidLine.exec(text);
  if (uuid !== null) {
    const known = deviceUuidSchema.safeParse(uuid[2]);
    if (!known.success) return events;
    return { ...events, uuids: new Map(events.uuids).set(busSlotOf(uuid[1] ?? ''), known.data) };
  }
  const xid = xidLine.exec(text);
  if (xid === null) return events;
  const at = busSlotOf(xid[1] ?? '');
  const before = events.faults.get(at) ?? [];
  const after = afterXid(Number(xid[2]), xid[3] ?? '', before);
  return after === before ? events : { ...events, faults: new Map(events.faults).set(at, after) };
}

function afterXid(code: number, text: string, before: readonly XidFault[]): readonly XidFault[] {
  const action = code === 154 ? recoveryChange.exec(text)?.[1] : undefined;
  if (action !== undefined) return afterRecoveryChange(action, before);
  const fault = faultOf(code, text);
  if (fault === null || before.some((known) => known.code === code)) return before;
  return [...before, fault];
}

function without(faults: KernelEvents['faults'], busId: string): KernelEvents['faults'] {
  const left = new Map(faults);
  left.delete(busSlotOf(busId));
  return left;
}
