import { schedule, type SchedulerDecision, type WaitingRequest } from '@ds01/scheduler';
import type { AllocationSnapshot, GpuRequest, Lease, LeaseId, Username } from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import { withMinimumMemory } from '../deploy/snapshot.ts';
import { readWish } from '../lifecycle/asking/wish.ts';
import type { CurrentPolicy, UserPolicy } from '../policy.ts';
import { waitingEntries } from './entries.ts';
import { readHold } from './holds.ts';
import { usageNow } from './usage.ts';

const hourMs = 3_600_000;

/** What everybody's weight is by the limit `priority` that they have without saying anything. */
const usualPriority = 10;

/** Somebody who asks now, and isn't in the queue. */
export interface Newcomer {
  readonly id: string;
  readonly user: Username;
  readonly gpu: GpuRequest;
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
  const entries = waitingEntries(transaction).map((entry) => waitingOf(entry, policy));
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

/** The longest that a GPU stays with anything of a person: it runs, and is held then; `null` is unknown. */
export function runtimeMsOf(user: UserPolicy): number | null {
  const hours = user.resolved.limits.max_runtime_h.value;
  return hours === null || user.gpuHoldMs === null ? null : hours * hourMs + user.gpuHoldMs;
}

function waitingOf(entry: QueueRecord, policy: CurrentPolicy): WaitingRequest {
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
    allocation: user.allocation,
    runtimeMs: runtimeMsOf(user),
  };
}

function newcomerOf(
  { id, user: name, gpu }: Newcomer,
  policy: CurrentPolicy,
  queuedAtMs: number,
): WaitingRequest {
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
    allocation: user.allocation,
    runtimeMs: runtimeMsOf(user),
  };
}

/**
 * When each lease ends at the latest: a hold by its end, a container by its longest runtime and what
 * was granted on top, after which its GPU is held. What nothing ends is unknown.
 */
function endsOf(
  transaction: StoreTransaction,
  policy: CurrentPolicy,
  { leases, nowMs }: Pick<AllocationSnapshot, 'leases' | 'nowMs'>,
): ReadonlyMap<LeaseId, number | null> {
  const endOf = (lease: Lease): number | null => {
    if (lease.state === 'held') return lease.heldUntilMs;
    if (lease.state !== 'bound' || lease.containerId === null || lease.user === null) return null;
    const record = transaction.containers.get(lease.containerId);
    if (record === null || record.protected || record.startedAtMs === null) return null;
    const user = policy.forUser(lease.user);
    const runtimeMs = runtimeMsOf(user);
    const exempt = policy.exemptionOf(lease.user, { limit: 'max_runtime_h', nowMs });
    if (runtimeMs === null || exempt !== undefined) return null;
    const { extensionMs } = readWish(transaction.meta, record.id);
    return record.startedAtMs + runtimeMs + extensionMs;
  };
  return new Map(leases.map((lease) => [lease.id, endOf(lease)]));
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
