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

/** Everything the driver said in one reading. */
export interface GpuInventory {
  readonly driverVersion: string | null;
  readonly devices: readonly GpuDevice[];
  readonly links: readonly GpuLink[];
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

/** Memory slices of any GPU that MIG can divide (A30: 4 of them exist); a whole GPU covers all 8. */
export const memorySlicesPerDevice = 8;

/** Parts of a MIG profile name. */
export interface MigProfile {
  /** Compute slices of the compute instance: the `c` part when there is one, else the `g` part. */
  readonly computeSlices: number;
  readonly gpuInstanceSlices: number;
  readonly memoryGb: number;
  /** What follows `+`, for example `me`; `null` without. */
  readonly attribute: string | null;
}

const profilePattern = /^(?:(\d+)c\.)?(\d+)g\.(\d+)gb(?:\+([a-z.+-]+))?$/;

/** Reads `3g.20gb`, `1c.3g.40gb`, `2g.35gb+me`; `undefined` for anything else. */
export function parseMigProfile(profile: string): MigProfile | undefined {
  const match = profilePattern.exec(profile.trim().toLowerCase());
  if (match === null) return undefined;
  const gpuInstanceSlices = Number(match[2]);
  const computeSlices = match[1] === undefined ? gpuInstanceSlices : Number(match[1]);
  if (computeSlices < 1 || gpuInstanceSlices < 1 || computeSlices > gpuInstanceSlices) {
    return undefined;
  }
  return {
    computeSlices,
    gpuInstanceSlices,
    memoryGb: Number(match[3]),
    attribute: match[4] ?? null,
  };
}

/** Compute slices of a GPU under MIG: 4 on an A30, 7 on every other model (NVIDIA MIG user guide). */
export function computeSlicesOfModel(model: string): number {
  return /\bA30\b/.test(model) ? 4 : 7;
}

/** Weight of a MIG profile on a model. An unreadable profile weighs as much as a whole GPU. */
export function gpuEquivalentsOf(profile: string | null, model: string): number {
  const parsed = profile === null ? undefined : parseMigProfile(profile);
  if (parsed === undefined) return 1;
  return Math.min(1, parsed.computeSlices / computeSlicesOfModel(model));
}

/**
 * The slots of a device: its MIG instances when it has any, nothing when MIG is enabled but empty
 * or its mode is unknown, else the whole GPU.
 */
export function slotsOf(device: GpuDevice): readonly Slot[] {
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
      gpuEquivalents: gpuEquivalentsOf(instance.profile, device.model),
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
