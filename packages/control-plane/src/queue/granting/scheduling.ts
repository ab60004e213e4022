import { schedule, type SchedulerDecision, type WaitingRequest } from '@ds01/scheduler';
import type {
  AllocationPolicy,
  AllocationSnapshot,
  GpuInventory,
  GpuRequest,
  Lease,
  LeaseId,
  Username,
} from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import { withMinimumMemory } from '../../deploy/snapshot.ts';
import { readWish } from '../../lifecycle/asking/wish.ts';
import type { CurrentPolicy, UserPolicy } from '../../policy.ts';
import { claimantNow } from '../../reservations/claimant.ts';
import { reservationEnds } from '../../reservations/ends.ts';
import { waitingEntries } from '../entries.ts';
import { readHold } from '../administering/holds.ts';
import { isExempt, longestGrantMs, longestUseMs } from './longest-use.ts';
import { promisedEnds } from '../ledger/promised-ends.ts';
import { usageNow } from '../ledger/usage.ts';

/** What everybody's weight is by the limit `priority` that they have without saying anything. */
const usualPriority = 10;

/** Somebody who asks now, and isn't in the queue. */
export interface Newcomer {
  readonly id: string;
  readonly user: Username;
  readonly gpu: GpuRequest;
  /** They agree to an end by the begin of a reservation of somebody else. */
  readonly untilReserved: boolean;
}

/**
 * Asks the rules who is next: those that wait, and a newcomer, on a snapshot of everything else. Limits
 * are those of now, whenever a request came.
 */
export function decideTurns(
  transaction: StoreTransaction,
  parts: {
    readonly snapshot: AllocationSnapshot;
    readonly policy: CurrentPolicy;
    readonly newcomer?: Newcomer;
  },
): SchedulerDecision {
  const { snapshot, policy, newcomer } = parts;
  const entries = waitingEntries(transaction).map((entry) =>
    waitingOf(entry, policy, snapshot.nowMs),
  );
  const added = newcomer === undefined ? [] : [newcomerOf(newcomer, policy, snapshot.nowMs)];
  const { order, half_life_days, group_weights, ageing_h } = policy.settings.queue;
  return schedule({
    snapshot,
    endsByMs: endsOf(transaction, policy, snapshot),
    waiting: [...entries, ...added],
    usage: weightedUsage(transaction, policy, snapshot.nowMs),
    policy: { order, half_life_days, group_weights, ageing_h },
    held: readHold(transaction.meta, 'held') !== null,
  });
}

function waitingOf(entry: QueueRecord, policy: CurrentPolicy, nowMs: number): WaitingRequest {
  const { id, user: name, priority, queuedAtMs, place, held } = entry;
  const user = policy.forUser(name);
  const gpu = withMinimumMemory(entry.gpu, user);
  return {
    id,
    user: name,
    group: user.group,
    priority,
    gpu,
    queuedAtMs,
    place,
    held,
    allocation: allocationOf(entry, policy, nowMs),
    runtimeMs: longestGrantMs(policy, name, nowMs),
  };
}

function newcomerOf(newcomer: Newcomer, policy: CurrentPolicy, queuedAtMs: number): WaitingRequest {
  const { id, user: name, gpu } = newcomer;
  const user = policy.forUser(name);
  return {
    id,
    user: name,
    group: user.group,
    priority: 'normal',
    gpu: withMinimumMemory(gpu, user),
    queuedAtMs,
    place: null,
    held: false,
    allocation: allocationOf(newcomer, policy, queuedAtMs),
    runtimeMs: longestGrantMs(policy, name, queuedAtMs),
  };
}

/** Who agrees to an end by a reservation gets what is reserved later; of all others the runtime counts. */
function allocationOf(
  { user, untilReserved }: Pick<QueueRecord, 'user' | 'untilReserved'>,
  policy: CurrentPolicy,
  nowMs: number,
): AllocationPolicy {
  return untilReserved === true
    ? claimantNow(policy, user, nowMs, { untilReserved })
    : policy.forUser(user).allocation;
}

/**
 * When each lease ends at the latest: a hold by its end, a container by its longest runtime and what was
 * granted on top, after which its GPU is held; what is still to be made, as if it started when it has to
 * at the latest; each by the begin of a reservation of somebody else. What nothing ends is unknown.
 */
export function endsOf(
  transaction: StoreTransaction,
  policy: CurrentPolicy,
  parts: Pick<AllocationSnapshot, 'leases' | 'nowMs'> & { readonly inventory: GpuInventory | null },
): ReadonlyMap<LeaseId, number | null> {
  const { leases, nowMs } = parts;
  const promised = promisedEnds(transaction.meta);
  const reserved = reservationEnds(policy, parts);
  const endOf = (lease: Lease): number | null => {
    const promisedMs = Math.min(
      promised.get(lease.id) ?? Infinity,
      Math.max(reserved.get(lease.id) ?? Infinity, nowMs),
    );
    const ownMs = ownEndOf(lease) ?? Infinity;
    return isEndless(lease) ? null : knownMs(Math.min(ownMs, promisedMs));
  };
  // What an administrator exempts ends never, whatever it was to do when it began.
  const isEndless = ({ state, containerId, user }: Lease): boolean => {
    if (state === 'held') return false;
    const record = containerId === null ? null : transaction.containers.get(containerId);
    return record?.protected === true || (user !== null && isExempt(policy, user, nowMs));
  };
  const ownEndOf = (lease: Lease): number | null => {
    if (lease.state === 'held') return lease.heldUntilMs;
    if (lease.state === 'reserved') {
      const grantMs = lease.user === null ? null : longestGrantMs(policy, lease.user, nowMs);
      return grantMs === null ? null : Math.min(lease.createdAtMs, nowMs) + grantMs;
    }
    if (lease.state !== 'bound' || lease.containerId === null || lease.user === null) return null;
    const record = transaction.containers.get(lease.containerId);
    if (record === null || record.protected || record.startedAtMs === null) return null;
    const useMs = longestUseMs(policy, record, nowMs);
    if (useMs === null) return null;
    const { extensionMs } = readWish(transaction.meta, record.id);
    // No run began in the future, wherever the clock was set to meanwhile.
    return Math.min(record.startedAtMs, nowMs) + useMs + extensionMs;
  };
  return new Map(leases.map((lease) => [lease.id, endOf(lease)]));
}

function knownMs(timeMs: number): number | null {
  return timeMs === Infinity ? null : timeMs;
}

/** Who has a higher `priority` may use more before others come first. */
function weightedUsage(
  transaction: StoreTransaction,
  policy: CurrentPolicy,
  nowMs: number,
): ReadonlyMap<string, number> {
  const used = usageNow(transaction, { nowMs, halfLifeDays: policy.settings.queue.half_life_days });
  return new Map(
    [...used].map(([user, gpuHours]) => [user, gpuHours / shareOf(policy.forUser(user))]),
  );
}

/** A person’s share by the limit `priority`: 1 as a rule. */
export function shareOf(user: UserPolicy): number {
  const priority = user.resolved.limits.priority.value ?? usualPriority;
  return Math.max(priority, 1) / usualPriority;
}
