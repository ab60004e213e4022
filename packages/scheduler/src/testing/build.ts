import {
  deviceUuidSchema,
  leaseIdOf,
  slotsOf,
  slotUuidSchema,
  usernameSchema,
  type AllocationPolicy,
  type AllocationSnapshot,
  type GpuDevice,
  type Lease,
  type LeaseId,
  type Slot,
} from '@ds01/contracts';
import type { SchedulerInput, SchedulerPolicy, WaitingRequest } from '../types.ts';

export const hourMs = 3_600_000;
/** The moment that tests call now. */
export const nowMs = 1_000 * hourMs;

/** A healthy whole A100. */
export function gpu(index: number, changes: Partial<GpuDevice> = {}): GpuDevice {
  return {
    index,
    uuid: deviceUuidSchema.parse(`GPU-${index.toString(16).padStart(8, '0')}`),
    model: 'NVIDIA A100-SXM4-40GB',
    memoryBytes: 40 * 2 ** 30,
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

/** An A100 divided into so many `1g.5gb`. */
export function migGpu(index: number, instances: number): GpuDevice {
  return gpu(index, {
    migMode: 'enabled',
    instances: Array.from({ length: instances }, (_, start) => ({
      index: start,
      uuid: slotUuidSchema.parse(`MIG-${index.toString(16).padStart(8, '0')}-${start}`),
      profile: '1g.5gb',
      gpuInstanceId: start + 1,
      computeInstanceId: 0,
      placement: { start, size: 1 },
      memoryBytes: 5 * 2 ** 30,
      memoryUsedBytes: 0,
    })),
  });
}

/** An A100 with two compute instances that share the memory of each GPU instance. */
export function splitGpu(index: number): GpuDevice {
  return gpu(index, {
    migMode: 'enabled',
    instances: [0, 1, 2, 3].map((number) => ({
      index: number,
      uuid: slotUuidSchema.parse(`MIG-${index.toString(16).padStart(8, '0')}-c${number}`),
      profile: '1c.3g.20gb',
      gpuInstanceId: number < 2 ? 1 : 2,
      computeInstanceId: number % 2,
      placement: { start: number < 2 ? 0 : 4, size: 4 },
      memoryBytes: 20 * 2 ** 30,
      memoryUsedBytes: 0,
    })),
  });
}

/** Whole GPUs. */
export function gpus(count: number): readonly GpuDevice[] {
  return Array.from({ length: count }, (_, index) => gpu(index));
}

/** A lease that is there, with its end in hours from now; `null` is unknown. */
export interface TestLease {
  readonly user?: string;
  readonly slots: readonly Slot[];
  readonly endsInH: number | null;
}

let leases = 0;

function leaseOf({ user = 'holder', slots }: Omit<TestLease, 'endsInH'>): Lease {
  leases += 1;
  return {
    id: leaseIdOf(1, leases.toString(36).padStart(11, '0')),
    user: usernameSchema.parse(user),
    state: 'bound',
    token: 1,
    slots: slots.map((slot) => ({
      slot: slot.slot,
      uuid: slot.uuid,
      deviceUuid: slot.deviceUuid,
      profile: slot.profile,
      gpuEquivalents: slot.gpuEquivalents,
      memorySlices: slot.memorySlices === null ? null : [...slot.memorySlices],
    })),
    containerId: null,
    dockerName: `work._.${user}`,
    createdAtMs: 0,
    expiresAtMs: null,
    heldUntilMs: null,
  };
}

function allocationOf(user: string, changes: Partial<AllocationPolicy> = {}): AllocationPolicy {
  return {
    user: usernameSchema.parse(user),
    strategy: 'packed',
    maxGpuEquivalents: null,
    aggregateGpuLimit: null,
    maxSlotsPerContainer: null,
    allowFullGpu: true,
    ...changes,
  };
}

/** A request for whole GPUs, queued `waitedH` hours ago. */
export function request(
  id: string,
  changes: Omit<Partial<WaitingRequest>, 'id' | 'allocation'> & {
    readonly count?: number;
    readonly waitedH?: number;
    readonly runtimeH?: number | null;
    readonly limits?: Partial<AllocationPolicy>;
  } = {},
): WaitingRequest {
  const { count = 1, waitedH = 1, runtimeH = 24, limits = {}, ...rest } = changes;
  const user = rest.user ?? id.replaceAll(/[^a-z]/g, '');
  return {
    id,
    user,
    group: 'students',
    priority: 'normal',
    gpu: { kind: 'whole', count },
    allocation: allocationOf(user, limits),
    queuedAtMs: nowMs - waitedH * hourMs,
    runtimeMs: runtimeH === null ? null : runtimeH * hourMs,
    place: null,
    held: false,
    ...rest,
  };
}

const policy: SchedulerPolicy = {
  order: 'backfill',
  half_life_days: 7,
  group_weights: {},
  ageing_h: 72,
};

/** What the scheduler is asked. */
export function inputOf(options: {
  readonly devices: readonly GpuDevice[];
  readonly waiting: readonly WaitingRequest[];
  readonly leases?: readonly TestLease[];
  readonly usage?: Readonly<Record<string, number>>;
  readonly policy?: Partial<SchedulerPolicy>;
  readonly snapshot?: Partial<AllocationSnapshot>;
  readonly held?: boolean;
}): SchedulerInput {
  const made = (options.leases ?? []).map((lease) => ({ ...lease, lease: leaseOf(lease) }));
  return {
    snapshot: {
      inventory: { driverVersion: '550.54.15', devices: options.devices, links: [] },
      leases: made.map(({ lease }) => lease),
      busy: [],
      reservations: [],
      nowMs,
      ...options.snapshot,
    },
    endsByMs: new Map<LeaseId, number | null>(
      made.map(({ lease, endsInH }) => [
        lease.id,
        endsInH === null ? null : nowMs + endsInH * hourMs,
      ]),
    ),
    waiting: options.waiting,
    usage: new Map(Object.entries(options.usage ?? {})),
    policy: { ...policy, ...options.policy },
    held: options.held ?? false,
  };
}

/** Leases on the first so many whole GPUs, one each, with the same end. */
export function leased(count: number, endsInH: number | null, from = 0): readonly TestLease[] {
  return gpus(from + count)
    .slice(from)
    .map((device) => ({ slots: slotsOf(device), endsInH }));
}
