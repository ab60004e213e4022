import {
  ds01Error,
  type AllocationSnapshot,
  type GpuInventory,
  type GpuRequest,
  type Lease,
} from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy, UserPolicy } from '../policy.ts';
import { busySlots } from '../reconcile/computing.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';

/** The inventory, or the probe's own error: what is unknown is never given out. */
export function requireInventory(now: Pick<Reconciled, 'inventory' | 'probeError'>): GpuInventory {
  if (now.inventory !== null) return now.inventory;
  throw (
    now.probeError ??
    ds01Error('gpu.probe-failed', { message: 'The GPUs could not be read.', hint: 'ds01 doctor' })
  );
}

/** The view of the world that the allocator decides on. */
export function snapshotOf(
  deps: Pick<ControlPlaneDependencies, 'processes'>,
  parts: {
    readonly inventory: GpuInventory;
    readonly leases: readonly Lease[];
    readonly policy: CurrentPolicy;
    readonly nowMs: number;
  },
): AllocationSnapshot {
  return {
    inventory: parts.inventory,
    leases: parts.leases,
    busy: busySlots(parts.inventory, deps.processes),
    reservations: parts.policy.reservations,
    nowMs: parts.nowMs,
  };
}

/** The owner's `gpu_memory` is the least memory of a GPU that is given without asking for more. */
export function withMinimumMemory(request: GpuRequest, user: UserPolicy): GpuRequest {
  const least = user.minGpuMemoryBytes;
  if (least === null || (request.kind !== 'any' && request.kind !== 'whole')) return request;
  return { ...request, minMemoryBytes: Math.max(least, request.minMemoryBytes ?? 0) };
}
