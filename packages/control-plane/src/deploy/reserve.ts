import { allocate } from '@ds01/gpu-allocator';
import {
  ds01Error,
  type AllocationSnapshot,
  type ContainerId,
  type GpuInventory,
  type GpuRequest,
  type Lease,
  type Placement,
} from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendReleased } from '../events/container-events.ts';
import { tellRefusal } from '../events/refusals.ts';
import { dropExpiredPending, pendingContainers, putPending } from '../pending.ts';
import type { CurrentPolicy, UserPolicy } from '../policy.ts';
import { busySlots } from '../reconcile/computing.ts';
import { leasedSlotOf } from '../reconcile/adopt.ts';
import { reconcile, type Reconciled } from '../reconcile/reconcile.ts';
import { originText, refusalError } from '../refusal.ts';
import { originalNameOf } from '../replacement-name.ts';

/** The error for a ledger that is lost faster than it can be rebuilt. */
export function ledgerLost() {
  return ds01Error('ledger.unavailable', {
    message: 'The ledger was lost again and again while it was being rebuilt.',
    hint: 'ds01 doctor',
  });
}

/** What a new container needs before it exists. */
export interface ReservationRequest {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
  readonly gpu: GpuRequest;
  readonly dockerName: string;
  /** A container that the new one replaces: it isn't counted, and its GPUs are handed over. */
  readonly replaces: ContainerId | null;
}

/** A reserved name, and a lease when GPUs were asked for. */
export interface Reservation {
  readonly dockerName: string;
  readonly token: number;
  readonly lease: Lease | null;
  readonly placement: Placement | null;
}

/** The ledger was lost in between: reconcile and try again. */
export const needsRebuild = Symbol('needs rebuild');

/**
 * Reserves name, container count and GPUs in one transaction. Fails with `gpu.*`, `quota.*`,
 * `container.exists` while the same name is being made, `gpu.probe-failed` when the GPUs are unknown.
 */
function reserve(
  deps: ControlPlaneDependencies,
  request: ReservationRequest,
): Reservation | typeof needsRebuild {
  return deps.store.transaction((transaction) => {
    const nowMs = deps.clock.nowMs();
    if (request.gpu.kind !== 'none') {
      const inventory = requireInventory(request.now);
      if (transaction.meta.get('ready') !== '1') return needsRebuild;
      return reserveGpu(transaction, deps, { request, inventory, nowMs });
    }
    checkCount(transaction, request, nowMs);
    const token = transaction.leases.nextToken();
    notePending(transaction, request, { token, nowMs });
    return { dockerName: request.dockerName, token, lease: null, placement: null };
  });
}

/** {@link reserve}, after rebuilding a ledger that was lost in between. Fails with its errors. */
export async function reserveOrRebuild(
  deps: ControlPlaneDependencies,
  request: ReservationRequest,
): Promise<Reservation> {
  const ask = () => reserveUntilReady(deps, request);
  return request.gpu.kind === 'none' ? ask() : tellRefusal(deps, aboutRequest(request), ask);
}

/** Whom a refusal concerns. */
function aboutRequest({ caller, dockerName }: Pick<ReservationRequest, 'caller' | 'dockerName'>) {
  const { name: user, uid } = caller.owner;
  return { user, uid, container: originalNameOf(dockerName) ?? dockerName, containerId: null };
}

async function reserveUntilReady(
  deps: ControlPlaneDependencies,
  request: ReservationRequest,
): Promise<Reservation> {
  let { now } = request;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const reserved = reserve(deps, { ...request, now });
    if (reserved !== needsRebuild) return reserved;
    now = await reconcile(deps, request.policy);
  }
  throw ledgerLost();
}

/** The inventory, or the probe's own error: what is unknown is never given out. */
export function requireInventory(now: Reconciled): GpuInventory {
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

function reserveGpu(
  transaction: StoreTransaction,
  deps: ControlPlaneDependencies,
  parts: {
    readonly request: ReservationRequest;
    readonly inventory: GpuInventory;
    readonly nowMs: number;
  },
): Reservation {
  const { request, inventory, nowMs } = parts;
  const { caller, policy } = request;
  const user = policy.forUser(caller.owner.name);
  const live = transaction.leases.live();
  const isReplaced = ({ containerId }: Lease): boolean =>
    request.replaces !== null && containerId === request.replaces;
  const leases = live.filter((lease) => !isReplaced(lease));
  const decision = allocate(
    snapshotOf(deps, { inventory, leases, policy, nowMs }),
    withMinimumMemory(request.gpu, user),
    user.allocation,
  );
  if (decision.decision === 'refused') {
    throw refusalError(decision, { resolved: user.resolved, policy, leases });
  }
  checkCount(transaction, request, nowMs);
  for (const lease of live.filter(isReplaced)) handOver(transaction, deps, lease);
  const token = transaction.leases.nextToken();
  const lease: Lease = {
    id: deps.ids.leaseId(),
    user: caller.owner.name,
    state: 'reserved',
    token,
    slots: decision.slots.map(leasedSlotOf),
    containerId: null,
    dockerName: request.dockerName,
    createdAtMs: nowMs,
    expiresAtMs: nowMs + reserveTtlMs(policy),
    heldUntilMs: null,
  };
  transaction.leases.insert(lease);
  notePending(transaction, request, { token, nowMs });
  return { dockerName: request.dockerName, token, lease, placement: decision };
}

/** The lease of a container that was stopped for another one ends; one on a lost GPU is in no way. */
function handOver(
  transaction: StoreTransaction,
  deps: Pick<ControlPlaneDependencies, 'grants' | 'clock'>,
  lease: Lease,
): void {
  if (lease.state === 'lost' || lease.containerId === null) return;
  if (deps.grants.withdraw(lease.containerId) === 'in-use') {
    throw ds01Error('container.stop-failed', {
      message: `${lease.dockerName} still uses its GPU.`,
      hint: 'run the same command again',
    });
  }
  const expected = { token: lease.token, states: [lease.state] };
  if (!transaction.leases.update(lease.id, expected, { state: 'released', heldUntilMs: null }))
    return;
  const reason = 'another container takes its place';
  appendReleased(transaction, { lease, reason }, deps.clock.nowMs());
}

/** The owner's `gpu_memory` is the least memory of a GPU that is given without asking for more. */
export function withMinimumMemory(request: GpuRequest, user: UserPolicy): GpuRequest {
  const least = user.minGpuMemoryBytes;
  if (least === null || (request.kind !== 'any' && request.kind !== 'whole')) return request;
  return { ...request, minMemoryBytes: Math.max(least, request.minMemoryBytes ?? 0) };
}

/** How long a reservation lives without being renewed, in ms. */
export function reserveTtlMs(policy: CurrentPolicy): number {
  return Math.round(policy.settings.leases.reserve_ttl_s * 1000);
}

function notePending(
  transaction: StoreTransaction,
  request: ReservationRequest,
  at: { readonly token: number; readonly nowMs: number },
): void {
  putPending(transaction, request.dockerName, {
    user: request.caller.owner.name,
    token: at.token,
    expiresAtMs: at.nowMs + reserveTtlMs(request.policy),
  });
}

function checkCount(
  transaction: StoreTransaction,
  request: ReservationRequest,
  nowMs: number,
): void {
  dropExpiredPending(transaction, nowMs);
  const pending = pendingContainers(transaction, nowMs);
  if (pending.has(request.dockerName)) {
    throw ds01Error('container.exists', {
      message: `Another command is making ${request.dockerName} right now.`,
      hint: 'ds01 container list --all',
      details: { dockerName: request.dockerName },
    });
  }
  if (request.replaces !== null) return;
  const owner = request.caller.owner.name;
  const user = request.policy.forUser(owner);
  const made = transaction.containers.all().filter((record) => record.user === owner);
  const names = new Set(made.map((record) => record.dockerName));
  const making = [...pending].filter(
    ([name, { user: maker }]) => maker === owner && !names.has(name),
  );
  const used = made.length + making.length;
  if (user.maxContainers === null || used < user.maxContainers) return;
  const foreign = made.filter(({ managed }) => !managed).map(({ dockerName }) => dockerName);
  const noted =
    foreign.length === 0 ? '' : `, and so do those made without DS01: ${foreign.join(', ')}`;
  throw ds01Error('quota.containers-exceeded', {
    message:
      `${owner} has ${used} of ${user.maxContainers} containers ` +
      `(stopped ones count${noted}). The limit is set in ` +
      `${originText(user.resolved, 'max_containers_per_user')}.`,
    hint: 'ds01 container list --all',
    details: { used, allowed: user.maxContainers },
  });
}
