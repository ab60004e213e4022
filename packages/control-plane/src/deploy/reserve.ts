import {
  ds01Error,
  gpuEquivalentsOfLease,
  type ContainerId,
  type GpuInventory,
  type GpuRequest,
  type Lease,
  type Placement,
} from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendReleased } from '../events/container-events.ts';
import { tellRefusal } from '../events/refusals.ts';
import { dropExpiredPending, pendingContainers, putPending } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';
import { checkGrant, endClaimed, type ClaimedGrant } from '../queue/claiming/claim.ts';
import { ownEntry } from '../queue/entries.ts';
import { joinQueue, leaveName, refuseOther, type WaitWish } from '../queue/joining/join.ts';
import { inheritEnd } from '../queue/ledger/promised-ends.ts';
import { placeInTurn, type TurnRequest } from '../queue/granting/take-turn.ts';
import { leasedSlotOf } from '../reconcile/adopt.ts';
import { reconcile, type Reconciled } from '../reconcile/reconcile.ts';
import { originText, refusalError } from '../refusal.ts';
import { originalNameOf } from '../replacement-name.ts';
import { requireInventory, snapshotOf } from './snapshot.ts';

/** The error for a ledger that is lost faster than it can be rebuilt. */
export function ledgerLost() {
  return ds01Error('ledger.unavailable', {
    message: 'The ledger was lost again and again while it was being rebuilt.',
    hint: 'ds01 doctor',
  });
}

/** What a new container needs before it exists. */
export interface ReservationRequest extends Pick<TurnRequest, 'untilReserved'> {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
  readonly gpu: GpuRequest;
  readonly dockerName: string;
  /** A container that the new one replaces: it isn't counted, and its GPUs are handed over. */
  readonly replaces: ContainerId | null;
  /** What makes this request the same as one that waits; absent for what never waits. */
  readonly turn?: TurnOfRequest;
}

/** A request as the queue knows it. */
export interface TurnOfRequest {
  /** Name that its person gave. */
  readonly container: string;
  readonly fingerprint: string;
  /** `null`: it is refused rather than that it waits. */
  readonly wish: WaitWish | null;
}

/** No GPU is free, and the request waits for its turn. */
export interface Waiting {
  readonly waiting: QueueRecord;
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
): Reservation | Waiting | typeof needsRebuild {
  return deps.store.transaction((transaction) => {
    const nowMs = deps.clock.nowMs();
    const { turn } = request;
    if (turn !== undefined) refuseOther(transaction, { ...request, ...turn });
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
  request: Omit<ReservationRequest, 'turn'>,
): Promise<Reservation> {
  const reserved = await reserveOrWait(deps, request);
  if ('waiting' in reserved) throw new Error('a request waits that never should');
  return reserved;
}

/**
 * The same, for a request that may wait, or has waited: what was granted to it is claimed; and where
 * only others’ GPUs are in its way, and it is ready to, it waits. Fails with `queue.*`, too.
 */
export async function reserveOrWait(
  deps: ControlPlaneDependencies,
  request: ReservationRequest,
): Promise<Reservation | Waiting> {
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
): Promise<Reservation | Waiting> {
  let { now } = request;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const reserved = reserve(deps, { ...request, now });
    if (reserved !== needsRebuild) return reserved;
    now = await reconcile(deps, request.policy);
  }
  throw ledgerLost();
}

interface Asked {
  readonly request: ReservationRequest;
  readonly inventory: GpuInventory;
  readonly nowMs: number;
}

function reserveGpu(
  transaction: StoreTransaction,
  deps: ControlPlaneDependencies,
  asked: Asked,
): Reservation | Waiting {
  const { request, nowMs } = asked;
  const { caller, policy, turn } = request;
  const granted = claimGranted(transaction, deps, asked);
  if (granted !== null) return granted;
  const own = turn === undefined ? undefined : ownEntry(transaction, caller, turn.fingerprint);
  const live = transaction.leases.live();
  const isReplaced = ({ containerId }: Lease): boolean =>
    request.replaces !== null && containerId === request.replaces;
  const leases = live.filter((lease) => !isReplaced(lease));
  const snapshot = snapshotOf(deps, { ...asked, leases, policy });
  const givesBack = equivalentsOf(live.filter(isReplaced));
  const turnTaken = placeInTurn(transaction, { ...request, snapshot, own, givesBack });
  const { decision, endsByMs } = turnTaken;
  if (decision.decision === 'refused') {
    // Whoever waits goes on waiting when GPUs went away: how long is the queue's to say.
    const mayHelp = decision.retryable || (own !== undefined && decision.code.startsWith('gpu.'));
    if (turn !== undefined && turn.wish !== null && mayHelp) {
      checkCount(transaction, request, nowMs);
      const wished = { request: { ...request, ...turn }, wish: turn.wish };
      return { waiting: joinQueue(transaction, deps, wished) };
    }
    const { resolved } = policy.forUser(caller.owner.name);
    throw refusalError(decision, { resolved, policy, leases, nowMs });
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
  inheritEnd(transaction.meta, { id: lease.id, from: live.filter(isReplaced), endsByMs });
  if (own !== undefined) endClaimed(transaction, { entry: own, lease }, nowMs);
  notePending(transaction, request, { token, nowMs });
  return { dockerName: request.dockerName, token, lease, placement: decision };
}

/** The lease that was granted to this request, taken over; `null` when none was, or it can't be had. */
function claimGranted(
  transaction: StoreTransaction,
  deps: ControlPlaneDependencies,
  { request, inventory, nowMs }: Asked,
): Reservation | null {
  const { caller, policy, turn, dockerName } = request;
  const entry = turn && ownEntry(transaction, caller, turn.fingerprint);
  if (entry?.state !== 'granted') return null;
  const leases = transaction.leases.live();
  const snapshot = snapshotOf(deps, { inventory, leases, policy, nowMs });
  const granted: ClaimedGrant | null = checkGrant(transaction, { entry, policy, snapshot });
  if (granted === null) return null;
  checkCount(transaction, request, nowMs);
  const token = transaction.leases.nextToken();
  const change = { token, dockerName, expiresAtMs: nowMs + reserveTtlMs(policy) };
  const expected = { token: granted.lease.token, states: ['reserved'] as const };
  transaction.leases.update(granted.lease.id, expected, change);
  const lease = { ...granted.lease, ...change };
  endClaimed(transaction, { entry, lease }, nowMs);
  notePending(transaction, request, { token, nowMs });
  return { dockerName, token, lease, placement: granted.placement };
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

/** What these leases count in quotas. */
export function equivalentsOf(leases: readonly Lease[]): number {
  return leases.reduce((sum, lease) => sum + gpuEquivalentsOfLease(lease), 0);
}

/** How long a reservation lives without being renewed, in ms. */
export function reserveTtlMs(policy: CurrentPolicy): number {
  return Math.round(policy.settings.leases.reserve_ttl_s * 1000);
}

/** The name is taken: whatever else its owner waited to make under it, they made this. */
function notePending(
  transaction: StoreTransaction,
  request: ReservationRequest,
  at: { readonly token: number; readonly nowMs: number },
): void {
  leaveName(transaction, { ...request, nowMs: at.nowMs });
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
