import {
  deviceUuidSchema,
  slotsOf,
  usernameSchema,
  type AllocationSnapshot,
  type GpuDevice,
  type Lease,
  type LeaseId,
  type Placement,
  type Username,
} from '@ds01/contracts';
import { createAsks, type Ask } from './asks.ts';
import { leaseOf } from './granted-lease.ts';
import type { Trace, TraceRequest, WaitingRequest } from './types.ts';

/** A server of whole GPUs in a replay. Times are milliseconds of the trace. */
export interface ReplayServer {
  freeGpus(): number;
  nextEndMs(): number;
  /** Ends what has run its time, and tells what that was. */
  endUntil(nowMs: number): readonly Running[];
  start(request: TraceRequest, placement: Placement, nowMs: number): LeaseId;
  snapshot(nowMs: number): AllocationSnapshot;
  waitingOf(request: TraceRequest): WaitingRequest;
  askOf(request: WaitingRequest): Ask;
}

/** What holds GPUs in a replay. */
export interface Running {
  readonly request: TraceRequest;
  readonly leaseId: LeaseId;
}

/** The trace's server, with nothing running. */
export function createReplayServer(trace: Trace): ReplayServer {
  const devices = Array.from({ length: trace.gpus }, (_, index) => deviceOf(index));
  const inventory = { driverVersion: null, devices, links: [] };
  const running = new Map<LeaseId, Running & { readonly lease: Lease; readonly endMs: number }>();
  const usernames = usernamesOf(trace);
  let free = trace.gpus;
  let leases = 0;
  const nextEndMs = (): number => {
    let first = Infinity;
    for (const { endMs } of running.values()) first = Math.min(first, endMs);
    return first;
  };
  return {
    freeGpus: () => free,
    nextEndMs,
    endUntil(nowMs) {
      const ended = [...running.values()].filter(({ endMs }) => endMs <= nowMs);
      for (const { leaseId, lease } of ended) {
        running.delete(leaseId);
        free += lease.slots.length;
      }
      return ended;
    },
    start(request, placement, nowMs) {
      leases += 1;
      const lease = leaseOf({
        user: usernames(request.user),
        name: request.id,
        placement,
        number: leases,
      });
      const endMs = nowMs + request.durationMs;
      running.set(lease.id, { request, leaseId: lease.id, lease, endMs });
      free -= lease.slots.length;
      return lease.id;
    },
    snapshot: (nowMs) => ({
      inventory,
      leases: [...running.values()].map(({ lease }) => lease),
      busy: [],
      reservations: [],
      nowMs,
    }),
    waitingOf: ({ id, user, group, priority, gpus, submittedAtMs, runtimeMs, weight = 1 }) => ({
      id,
      user,
      group,
      priority,
      gpu: gpus === 0 ? { kind: 'none' } : { kind: 'whole', count: gpus },
      allocation: {
        user: usernames(user),
        strategy: 'packed',
        maxGpuEquivalents: null,
        aggregateGpuLimit: null,
        maxSlotsPerContainer: null,
        allowFullGpu: true,
      },
      queuedAtMs: submittedAtMs,
      runtimeMs,
      place: null,
      held: false,
      weight,
    }),
    askOf: createAsks(inventory, devices.flatMap(slotsOf)),
  };
}

/** People of a trace may have any names; the allocator's are account names. */
function usernamesOf(trace: Trace): (user: string) => Username {
  const names = new Map<string, Username>();
  for (const { user } of trace.requests) {
    if (!names.has(user)) names.set(user, usernameSchema.parse(`p${names.size}`));
  }
  const other = usernameSchema.parse('p');
  return (user) => names.get(user) ?? other;
}

function deviceOf(index: number): GpuDevice {
  return {
    index,
    uuid: deviceUuidSchema.parse(`GPU-${index.toString(16).padStart(8, '0')}`),
    model: 'GPU',
    memoryBytes: null,
    memoryUsedBytes: null,
    utilizationPercent: null,
    pciBusId: null,
    numaNode: null,
    migMode: 'disabled',
    health: { state: 'healthy', reasons: [] },
    instances: [],
    processes: [],
  };
}
