import { z } from 'zod';

/** UUID of a physical GPU, `GPU-...`. */
export const deviceUuidSchema = z
  .string()
  .regex(/^GPU-[0-9a-fA-F-]{1,64}$/)
  .brand<'DeviceUuid'>();
/** UUID of a physical GPU. */
export type DeviceUuid = z.infer<typeof deviceUuidSchema>;

/** UUID of what the engine hands out: `GPU-...`, `MIG-<uuid>` or the old `MIG-GPU-<uuid>/<gi>/<ci>`. */
export const slotUuidSchema = z
  .string()
  .regex(/^(?:GPU-[0-9a-fA-F-]{1,64}|MIG-[0-9a-fA-F-]{1,64}|MIG-GPU-[0-9a-fA-F-]{1,64}\/\d+\/\d+)$/)
  .brand<'SlotUuid'>();
/** UUID of a slot. */
export type SlotUuid = z.infer<typeof slotUuidSchema>;

/** A slot's display name: `"0"` a whole GPU, `"0:1"` a MIG instance. Never an identity. */
export const slotIdSchema = z
  .string()
  .regex(/^\d+(?::\d+)?$/)
  .brand<'SlotId'>();
/** A slot's display name. */
export type SlotId = z.infer<typeof slotIdSchema>;

/** What is known about a device's health; `unknown` is never given out. */
export interface GpuHealth {
  readonly state: 'healthy' | 'unhealthy' | 'unknown';
  /** Why it isn't healthy, for people; empty when healthy. */
  readonly reasons: readonly string[];
  /**
   * Nothing can work on the device any more until it is reset or replaced: leases on it are lost.
   * Only with `unhealthy`; absent is false.
   */
  readonly failed?: boolean;
}

/** How a process uses a GPU: compute, graphics (a display server), both, or compute through MPS. */
export type GpuProcessKind = 'C' | 'G' | 'C+G' | 'M+C';

/** A process that uses a GPU, as the driver reports it (host pid). */
export interface GpuProcess {
  readonly pid: number;
  readonly name: string;
  /** `null` when the driver doesn't say. */
  readonly kind: GpuProcessKind | null;
  /** `null` when the driver doesn't say. */
  readonly memoryBytes: number | null;
  readonly gpuInstanceId: number | null;
  readonly computeInstanceId: number | null;
}

/** A MIG device of a GPU: one compute instance inside one GPU instance. */
export interface MigInstance {
  /** MIG device index, as `nvidia-smi -L` numbers them. */
  readonly index: number;
  readonly uuid: SlotUuid;
  /** Profile name, for example `3g.20gb` or `1c.3g.40gb`; `null` when the driver doesn't say. */
  readonly profile: string | null;
  readonly gpuInstanceId: number | null;
  readonly computeInstanceId: number | null;
  /** Memory slices that its GPU instance covers; `null` when unknown. */
  readonly placement: { readonly start: number; readonly size: number } | null;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
}

/** A physical GPU with what it is partitioned into. Every `null` means unknown, never zero. */
export interface GpuDevice {
  readonly index: number;
  readonly uuid: DeviceUuid;
  readonly model: string;
  readonly memoryBytes: number | null;
  readonly memoryUsedBytes: number | null;
  readonly utilizationPercent: number | null;
  readonly pciBusId: string | null;
  readonly numaNode: number | null;
  readonly migMode: 'enabled' | 'disabled' | 'unsupported' | 'unknown';
  /** Compute slices that MIG divides it into, as the driver says; `null` or absent when it doesn't. */
  readonly migComputeSlices?: number | null;
  /** MIG mode that a reset of the GPU will bring; `null` or absent when none waits for one. */
  readonly migModePending?: 'enabled' | 'disabled' | null;
  /** Whether the driver stays loaded without a process; `null` or absent when it doesn't say. */
  readonly persistenceMode?: boolean | null;
  readonly health: GpuHealth;
  readonly instances: readonly MigInstance[];
  readonly processes: readonly GpuProcess[];
}

/** How two devices are connected, from `nvidia-smi topo -m`. */
export interface GpuLink {
  readonly from: DeviceUuid;
  readonly to: DeviceUuid;
  readonly kind: 'nvlink' | 'pix' | 'pxb' | 'phb' | 'node' | 'sys';
  /** Bonded NVLinks; 0 unless `kind` is `nvlink`. */
  readonly nvlinkCount: number;
}

/** Something about the GPUs that no device of the inventory can tell. */
export interface GpuNotice {
  /**
   * `lost`: a GPU that the driver counts or names, but can't reach. `unread`: a source that could
   * not be read, so that nothing is known from it.
   */
  readonly kind: 'lost' | 'unread';
  /** As `00000000:3B:00.0`; `null` when it isn't known. */
  readonly pciBusId: string | null;
  readonly uuid: DeviceUuid | null;
  /** A sentence for people. */
  readonly message: string;
}

/** Everything the driver said in one reading. */
export interface GpuInventory {
  readonly driverVersion: string | null;
  /** Newest CUDA that the driver can do; `null` or absent when it doesn't say. */
  readonly cudaVersion?: string | null;
  readonly devices: readonly GpuDevice[];
  readonly links: readonly GpuLink[];
  /** What the devices don't tell; absent is none. */
  readonly notices?: readonly GpuNotice[];
}

/** What can be leased: a whole GPU or one MIG instance. */
export interface Slot {
  readonly slot: SlotId;
  readonly uuid: SlotUuid;
  readonly deviceUuid: DeviceUuid;
  readonly deviceIndex: number;
  /** `null` for a whole GPU. */
  readonly migIndex: number | null;
  readonly profile: string | null;
  readonly model: string;
  readonly memoryBytes: number | null;
  /** Fair-share weight: 1 for a whole GPU, compute slices over the GPU's slices for MIG. */
  readonly gpuEquivalents: number;
  /** Memory slices covered; `null` when the placement is unknown. */
  readonly memorySlices: readonly number[] | null;
}

/**
 * More memory slices than any GPU has that MIG can divide (A30: 4, A100 and its successors: 8, RTX PRO
 * 6000: 12); a whole GPU covers all of them.
 */
export const memorySlicesPerDevice = 16;

/** Parts of a MIG profile name. */
export interface MigProfile {
  /** Compute slices of the compute instance: the `c` part when there is one, else the `g` part. */
  readonly computeSlices: number;
  readonly gpuInstanceSlices: number;
  readonly memoryGb: number;
  /** What follows the memory, without a leading `+`: `me`, `gfx`, `me.all`, `-me`; `null` without. */
  readonly attribute: string | null;
}

const profilePattern = /^(?:(\d{1,3})c\.)?(\d{1,3})g\.(\d{1,4})gb((?:[+-][a-z][a-z0-9.]*)*)$/;

/**
 * Reads `3g.20gb`, `1c.3g.40gb`, `2g.35gb+me`, `1g.24gb-me`, `1g.24gb+me.all`; `undefined` for
 * anything else.
 */
export function parseMigProfile(profile: string): MigProfile | undefined {
  const match = profilePattern.exec(profile.trim().toLowerCase());
  if (match === null) return undefined;
  const gpuInstanceSlices = Number(match[2]);
  const computeSlices = match[1] === undefined ? gpuInstanceSlices : Number(match[1]);
  if (computeSlices < 1 || gpuInstanceSlices < 1 || computeSlices > gpuInstanceSlices) {
    return undefined;
  }
  const suffix = match[4] ?? '';
  return {
    computeSlices,
    gpuInstanceSlices,
    memoryGb: Number(match[3]),
    attribute: suffix === '' ? null : suffix.replace(/^\+/, ''),
  };
}

const modelsWithFourSlices = /\b(?:A30|RTX PRO 6000)\b/;
const modelsWithSevenSlices =
  /\b(?:A100|A800|H100|H800|H20|H200|GH200|B100|B200|GB200|B300|GB300)\b/;

/**
 * Compute slices of a GPU under MIG by its name (NVIDIA MIG user guide, "Supported MIG Profiles"),
 * for drivers that don't say; `null` for models that are not known here.
 */
export function computeSlicesOfModel(model: string): number | null {
  if (modelsWithFourSlices.test(model)) return 4;
  return modelsWithSevenSlices.test(model) ? 7 : null;
}

/** What is known of the GPU that a MIG profile is a part of. */
export interface DividedGpu {
  readonly model: string;
  /** As the driver says; `null` or absent when it doesn't. */
  readonly migComputeSlices?: number | null;
  readonly memoryBytes?: number | null;
  /** What it is divided into; absent is nothing that is known of. */
  readonly instances?: readonly Pick<MigInstance, 'profile' | 'gpuInstanceId'>[];
}

/** Compute slices of the GPU instances that are known to exist. */
function slicesInUse(gpu: DividedGpu): number {
  const slices = new Map<number | null, number>();
  for (const { profile, gpuInstanceId } of gpu.instances ?? []) {
    const parsed = profile === null ? undefined : parseMigProfile(profile);
    // Those without an id may all be compute instances of one GPU instance.
    const known = slices.get(gpuInstanceId) ?? 0;
    slices.set(gpuInstanceId, Math.max(known, parsed?.gpuInstanceSlices ?? 0));
  }
  return [...slices.values()].reduce((sum, own) => sum + own, 0);
}

/** How many slices of a profile's kind fill the memory, 7 at most; 1 when that can't be told. */
function slicesByMemory({ memoryBytes = null }: DividedGpu, profile: MigProfile): number {
  if (memoryBytes === null || profile.memoryGb === 0) return 1;
  const sliceGb = profile.memoryGb / profile.gpuInstanceSlices;
  return Math.min(7, Math.max(1, Math.round(memoryBytes / 2 ** 30 / sliceGb)));
}

/**
 * Fair-share weight of a MIG profile: its compute slices over those of the GPU, by the driver or else
 * by the model's name. Where neither is known it is never too small: it is then the share of what the
 * memory, or the instances that exist, show to be there (no GPU has more than seven slices). An
 * unreadable profile weighs as much as a whole GPU.
 */
export function gpuEquivalentsOf(profile: string | null, gpu: DividedGpu): number {
  const parsed = profile === null ? undefined : parseMigProfile(profile);
  if (parsed === undefined) return 1;
  const slices = gpu.migComputeSlices ?? computeSlicesOfModel(gpu.model);
  if (slices !== null) return Math.min(1, parsed.computeSlices / slices);
  const least = Math.max(slicesInUse(gpu), slicesByMemory(gpu, parsed));
  return Math.min(1, parsed.computeSlices / least);
}

/**
 * The slots of a device: its MIG instances when it has any, nothing when MIG is enabled but empty
 * or its mode is unknown, else the whole GPU.
 */
export function slotsOf(device: GpuDevice): readonly Slot[] {
  const known = slotsOfDevices.get(device);
  if (known !== undefined) return known;
  const slots = readSlots(device);
  slotsOfDevices.set(device, slots);
  return slots;
}

/** A reading is decided on many times: by each request that waits, and by each that comes. */
const slotsOfDevices = new WeakMap<GpuDevice, readonly Slot[]>();

function readSlots(device: GpuDevice): readonly Slot[] {
  if (device.instances.length > 0) {
    return device.instances.map((instance) => ({
      slot: slotIdSchema.parse(`${device.index}:${instance.index}`),
      uuid: instance.uuid,
      deviceUuid: device.uuid,
      deviceIndex: device.index,
      migIndex: instance.index,
      profile: instance.profile,
      model: device.model,
      memoryBytes: instance.memoryBytes,
      gpuEquivalents: gpuEquivalentsOf(instance.profile, device),
      memorySlices: placedSlices(instance),
    }));
  }
  if (device.migMode === 'enabled' || device.migMode === 'unknown') return [];
  return [
    {
      slot: slotIdSchema.parse(String(device.index)),
      uuid: slotUuidSchema.parse(device.uuid),
      deviceUuid: device.uuid,
      deviceIndex: device.index,
      migIndex: null,
      profile: null,
      model: device.model,
      memoryBytes: device.memoryBytes,
      gpuEquivalents: 1,
      memorySlices: Array.from({ length: memorySlicesPerDevice }, (_, slice) => slice),
    },
  ];
}

function placedSlices(instance: MigInstance): readonly number[] | null {
  const placement = instance.placement;
  if (placement === null) return null;
  // A loop: this runs for every slot of every decision, and `Array.from` takes six times as long.
  const slices: number[] = [];
  for (let offset = 0; offset < placement.size; offset += 1) slices.push(placement.start + offset);
  return slices;
}
