import {
  deviceUuidSchema,
  leaseIdSchema,
  slotIdSchema,
  slotsOf,
  slotUuidSchema,
  usernameSchema,
  type AllocationPolicy,
  type AllocationSnapshot,
  type GpuDevice,
  type GpuLink,
  type Lease,
  type MigInstance,
  type Slot,
  type SlotId,
} from '@ds01/contracts';

export const gigabyte = 2 ** 30;

export const alice = usernameSchema.parse('alice');
export const bob = usernameSchema.parse('bob');

/** A healthy whole A100 unless said otherwise. */
export function gpu(index: number, changes: Partial<GpuDevice> = {}): GpuDevice {
  return {
    index,
    uuid: deviceUuidSchema.parse(`GPU-${index.toString(16).padStart(8, '0')}`),
    model: 'NVIDIA A100-SXM4-40GB',
    memoryBytes: 40 * gigabyte,
    memoryUsedBytes: 0,
    utilizationPercent: 0,
    pciBusId: null,
    numaNode: null,
    migMode: 'disabled',
    health: { state: 'healthy', reasons: [] },
    instances: [],
    processes: [],
    ...changes,
  };
}

/** An instance of {@link migGpu}: profile, first memory slice and number of slices. */
export type InstanceShape = readonly [
  profile: string,
  start: number,
  size: number,
  changes?: Partial<MigInstance>,
];

/** A GPU divided by MIG, every instance a GPU instance of its own unless said otherwise. */
export function migGpu(
  index: number,
  shapes: readonly InstanceShape[],
  changes: Partial<GpuDevice> = {},
): GpuDevice {
  return gpu(index, {
    migMode: 'enabled',
    instances: shapes.map(([profile, start, size, instanceChanges], migIndex) => ({
      index: migIndex,
      uuid: slotUuidSchema.parse(`MIG-${index.toString(16).padStart(8, '0')}-${migIndex}`),
      profile,
      gpuInstanceId: migIndex + 1,
      computeInstanceId: 0,
      placement: { start, size },
      memoryBytes: Number(/(\d+)gb/.exec(profile)?.[1] ?? 0) * gigabyte,
      memoryUsedBytes: 0,
      ...instanceChanges,
    })),
    ...changes,
  });
}

/** Both directions of an NVLink, as `nvidia-smi topo -m` shows it. */
export function nvlink(left: GpuDevice, right: GpuDevice, nvlinkCount = 4): readonly GpuLink[] {
  return [
    { from: left.uuid, to: right.uuid, kind: 'nvlink', nvlinkCount },
    { from: right.uuid, to: left.uuid, kind: 'nvlink', nvlinkCount },
  ];
}

export function snapshotOf(
  devices: readonly GpuDevice[],
  changes: Partial<AllocationSnapshot> & { readonly links?: readonly GpuLink[] } = {},
): AllocationSnapshot {
  const { links = [], ...rest } = changes;
  return {
    inventory: { driverVersion: '590.48.01', devices, links },
    leases: [],
    busy: [],
    reservations: [],
    nowMs: 1_000_000,
    ...rest,
  };
}

/** No limits at all unless said otherwise. */
export function policyOf(changes: Partial<AllocationPolicy> = {}): AllocationPolicy {
  return {
    user: alice,
    strategy: 'packed',
    maxGpuEquivalents: null,
    aggregateGpuLimit: null,
    maxSlotsPerContainer: null,
    allowFullGpu: true,
    ...changes,
  };
}

export function slotNamed(devices: readonly GpuDevice[], id: string): Slot {
  const slot = devices.flatMap(slotsOf).find((candidate) => candidate.slot === id);
  if (slot === undefined) throw new Error(`no slot ${id}`);
  return slot;
}

export function slotId(id: string): SlotId {
  return slotIdSchema.parse(id);
}

/** A bound lease of alice's on these slots unless said otherwise. */
export function leaseOf(
  number: number,
  slots: readonly Slot[],
  changes: Partial<Lease> = {},
): Lease {
  return {
    id: leaseIdSchema.parse(`l${String(number).padStart(20, '0')}`),
    user: alice,
    state: 'bound',
    token: number + 1,
    slots: slots.map(({ slot, uuid, deviceUuid, profile, gpuEquivalents, memorySlices }) => ({
      slot,
      uuid,
      deviceUuid,
      profile,
      gpuEquivalents,
      memorySlices: memorySlices === null ? null : [...memorySlices],
    })),
    containerId: null,
    dockerName: 'thesis._.alice',
    createdAtMs: 0,
    expiresAtMs: null,
    heldUntilMs: null,
    ...changes,
  };
}
