import type { AllocationSnapshot, Lease } from '@ds01/contracts';
import type { SchedulerDecision, WaitingPlace } from '@ds01/scheduler';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { snapshotOf } from '../../deploy/snapshot.ts';
import { queueNotice } from '../../notifications/queue.ts';
import type { Notice } from '../../notifications/notice.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import { leasedSlotOf } from '../../reconcile/adopt.ts';
import { followClock } from '../../reconcile/follow-clock.ts';
import { appendQueued } from '../entries.ts';
import { tellUnwritten } from '../ledger/event-rate.ts';
import { grantAgain } from '../claiming/failed-claims.ts';
import { ended, giveGrantBack, unclaimedLease } from '../joining/leave.ts';
import { expiredNotice, grantNotice, waitOverNotice } from './notices.ts';
import type { Patience } from './patience.ts';
import { forgetPromisedEnds, promiseEnd } from '../ledger/promised-ends.ts';
import { decideTurns } from './scheduling.ts';
import { withoutEnded, type KnownInventory } from '../ledger/watch-ledger.ts';

/** What a pass goes by. */
export interface PassOptions {
  readonly policy: CurrentPolicy;
  /** `null`: what the GPUs are like isn't known well enough to grant anything. */
  readonly known: KnownInventory | null;
  /** Somebody is there for a request: they claim what is granted to it at once. */
  readonly isThere: (id: string) => boolean;
  /** With requests that there are no GPUs for at the moment. */
  readonly patience: Patience;
  /** The first pass of a daemon: nobody could claim anything while there was none. */
  readonly isFirst: boolean;
}

/** What a pass led to. */
export interface QueuePass {
  /** `null` when nothing was decided, for want of GPUs that are known. */
  readonly decision: SchedulerDecision | null;
  readonly granted: number;
  /** Those that wait still. */
  readonly waiting: number;
  /** Something was put into the outbox. */
  readonly told: boolean;
  /** It made leases, or ended some. */
  readonly movedLeases: boolean;
  /** When a request stops waiting, or a grant has to be claimed; Unix milliseconds. */
  readonly nextAtMs: number | null;
}

type Dependencies = Pick<ControlPlaneDependencies, 'store' | 'clock' | 'ids' | 'processes'>;

/**
 * One pass of the queue, in one transaction: requests whose time is over and grants that nobody claimed
 * leave it, and what is free is granted to whom the rules put next. A grant is a lease like any other, so
 * that nobody else gets its GPU.
 */
export function passQueue(deps: Dependencies, options: PassOptions): QueuePass {
  followClock(deps, options.policy);
  return deps.store.transaction((transaction) => {
    const nowMs = deps.clock.nowMs();
    const pass: Pass = { transaction, deps, options, nowMs, told: false, movedLeases: false };
    if (options.isFirst) regrant(pass);
    for (const entry of transaction.queue.live()) settle(pass, entry);
    const { decision, granted } = decide(pass);
    forgetPromisedEnds(transaction);
    tellUnwritten(transaction, nowMs);
    const live = transaction.queue.live();
    const due = live.flatMap((entry) => {
      const atMs = entry.state === 'granted' ? claimDueMs(options, entry) : entry.waitsUntilMs;
      return atMs === null ? [] : [atMs];
    });
    // What a reservation keeps or gives back, it does by the clock alone.
    const edges = options.policy.reservations.flatMap(({ fromMs, toMs }) => [fromMs, toMs]);
    if (live.length > 0) due.push(...edges.filter((edgeMs) => edgeMs > pass.nowMs));
    return {
      decision,
      granted,
      waiting: live.filter(({ state }) => state === 'waiting').length,
      told: pass.told,
      movedLeases: pass.movedLeases,
      nextAtMs: due.length === 0 ? null : Math.min(...due),
    };
  });
}

interface Pass {
  readonly transaction: StoreTransaction;
  readonly deps: Dependencies;
  readonly options: PassOptions;
  readonly nowMs: number;
  told: boolean;
  movedLeases: boolean;
}

/** What nobody could finish is whoever's claimed it once more. */
function regrant(pass: Pass): void {
  const { transaction, options, nowMs } = pass;
  const untilMs = nowMs + windowMs(options.policy);
  for (const { entry, lease } of grantAgain(transaction, untilMs)) {
    const slots = lease.slots.map(({ slot }) => slot);
    tell(pass, grantNotice(entry, { nowMs, slots }));
  }
}

/** Deadlines of one request. */
function settle(pass: Pass, entry: QueueRecord): void {
  const { transaction, nowMs, options } = pass;
  const isThere = options.isThere(entry.id);
  if (entry.state === 'granted') {
    const lease = unclaimedLease(transaction, entry);
    const dueMs = claimDueMs(options, entry);
    if (lease !== null && (dueMs === null || dueMs > nowMs)) return;
    const isKept = options.isFirst || (isThere && !isKeptLongest(options, entry));
    if (lease !== null && isKept) return keepGrant(pass, entry, lease);
    giveGrantBack(transaction, entry);
    pass.movedLeases = true;
    const expired = ended(entry, 'expired', nowMs);
    transaction.queue.put(expired);
    appendQueued(transaction, { type: 'queue.expired', entry: expired, lease, details: {} }, nowMs);
    // Whoever is there and had it for so long hangs somewhere.
    if (!isThere || lease !== null) tell(pass, expiredNotice(expired, pass));
    return;
  }
  if (entry.waitsUntilMs === null || entry.waitsUntilMs > nowMs) return;
  const over = ended(entry, 'timed-out', nowMs);
  transaction.queue.put(over);
  appendQueued(transaction, { type: 'queue.timed-out', entry: over, details: {} }, nowMs);
  const why = 'It waited as long as it was to, and no GPU fell to it.';
  if (!isThere) tell(pass, waitOverNotice(over, { nowMs, why }));
}

/** When a grant has to be claimed; of somebody who is there, when it has to be kept for longer. */
function claimDueMs(options: PassOptions, entry: QueueRecord): number | null {
  const { claimUntilMs, id } = entry;
  if (claimUntilMs === null || !options.isThere(id)) return claimUntilMs;
  return isKeptLongest(options, entry) ? claimUntilMs : claimUntilMs - windowMs(options.policy) / 2;
}

/** So many windows a grant is kept for somebody who is there: their deploy may hang. */
const mostWindows = 6;

function longestKeptMs(policy: CurrentPolicy, { grantedAtMs }: QueueRecord): number {
  return (grantedAtMs ?? 0) + mostWindows * windowMs(policy);
}

function isKeptLongest({ policy }: PassOptions, entry: QueueRecord): boolean {
  return (entry.claimUntilMs ?? 0) >= longestKeptMs(policy, entry);
}

/** Whoever is there is at work on it, pulling an image say; after a restart nobody could claim it. */
function keepGrant({ transaction, nowMs, options }: Pass, entry: QueueRecord, lease: Lease): void {
  const { policy, isFirst } = options;
  const fullMs = nowMs + windowMs(policy);
  const claimUntilMs = isFirst ? fullMs : Math.min(fullMs, longestKeptMs(policy, entry));
  const expected = { token: lease.token, states: ['reserved'] as const };
  transaction.leases.update(lease.id, expected, { expiresAtMs: claimUntilMs });
  transaction.queue.put({ ...entry, claimUntilMs });
}

function decide(pass: Pass): {
  readonly decision: SchedulerDecision | null;
  readonly granted: number;
} {
  const { transaction, deps, options, nowMs } = pass;
  const { policy, known } = options;
  const waiting = transaction.queue.live().filter(({ state }) => state === 'waiting');
  if (waiting.length === 0) {
    const nothing = { grants: [], waiting: [], impossible: [], reservations: [] };
    return { decision: nothing, granted: 0 };
  }
  const isReady = transaction.meta.get('ready') === '1';
  if (known === null || !isReady) return { decision: null, granted: 0 };
  const inventory = withoutEnded(known.inventory, deps.processes);
  const leases = transaction.leases.live();
  const snapshot: AllocationSnapshot = snapshotOf(deps, { inventory, leases, policy, nowMs });
  const decision = decideTurns(transaction, { snapshot, policy });
  const byId = new Map(waiting.map((entry) => [entry.id, entry]));
  const { impossible, hopeful } = sortOut(options, byId, decision);
  for (const { id, code, message } of impossible) {
    const entry = byId.get(id);
    if (entry !== undefined) refuse(pass, entry, { code, message });
  }
  for (const grant of decision.grants) {
    const entry = byId.get(grant.id);
    if (entry !== undefined) give(pass, entry, grant);
  }
  const places = [...decision.waiting, ...hopeful.map(placeWithout(decision.waiting.length))];
  return {
    decision: { ...decision, impossible, waiting: places },
    granted: decision.grants.length,
  };
}

/** What only GPUs that went away forbid is waited for, for a while: they may come back. */
function sortOut(
  { patience, policy }: Pick<PassOptions, 'patience' | 'policy'>,
  entries: ReadonlyMap<string, QueueRecord>,
  decision: SchedulerDecision,
): Readonly<Record<'impossible' | 'hopeful', SchedulerDecision['impossible']>> {
  patience.keepOnly(new Set(entries.keys()));
  for (const { id } of decision.waiting) {
    const entry = entries.get(id);
    if (entry !== undefined) patience.isFine(id, policy.forUser(entry.user));
  }
  const { true: hopeful = [], false: impossible = [] } = Object.groupBy(
    decision.impossible,
    (refusal) => {
      const entry = entries.get(refusal.id);
      const isKept = entry !== undefined && patience.isHopeful(refusal, policy.forUser(entry.user));
      return `${isKept}`;
    },
  );
  return { hopeful, impossible };
}

/** They come behind those that there are GPUs for, as long as that is so. */
function placeWithout(
  before: number,
): (request: SchedulerDecision['impossible'][number], index: number) => WaitingPlace {
  return ({ id, message }, index) => ({
    id,
    position: before + index + 1,
    reason: { code: 'no-slot-free', message },
    estimatedStartMs: null,
  });
}

function refuse(
  pass: Pass,
  entry: QueueRecord,
  details: { readonly code: string; readonly message: string },
): void {
  const { transaction, nowMs } = pass;
  const refused = ended(entry, 'refused', nowMs);
  transaction.queue.put(refused);
  appendQueued(transaction, { type: 'queue.refused', entry: refused, details }, nowMs);
  if (pass.options.isThere(entry.id)) return;
  tell(pass, waitOverNotice(refused, { nowMs, why: details.message }));
}

function give(
  pass: Pass,
  entry: QueueRecord,
  { placement, endsByMs }: SchedulerDecision['grants'][number],
): void {
  const { transaction, deps, options, nowMs } = pass;
  const claimUntilMs = nowMs + windowMs(options.policy);
  const lease: Lease = {
    id: deps.ids.leaseId(),
    user: entry.user,
    state: 'reserved',
    token: transaction.leases.nextToken(),
    slots: placement.slots.map(leasedSlotOf),
    containerId: null,
    dockerName: entry.dockerName,
    createdAtMs: nowMs,
    expiresAtMs: claimUntilMs,
    heldUntilMs: null,
  };
  transaction.leases.insert(lease);
  promiseEnd(transaction.meta, lease.id, endsByMs);
  pass.movedLeases = true;
  const granted: QueueRecord = {
    ...entry,
    state: 'granted',
    leaseId: lease.id,
    grantedAtMs: nowMs,
    claimUntilMs,
  };
  transaction.queue.put(granted);
  const slots = lease.slots.map(({ slot }) => slot);
  const isThere = options.isThere(entry.id);
  const details = {
    slots,
    waitedMs: nowMs - entry.queuedAtMs,
    claimUntil: isThere ? null : instantOf(claimUntilMs),
  };
  appendQueued(transaction, { type: 'queue.granted', entry: granted, lease, details }, nowMs);
  if (!isThere) tell(pass, grantNotice(granted, { nowMs, slots }));
}

function windowMs(policy: CurrentPolicy): number {
  return Math.round(policy.settings.queue.claim_window_s * 1000);
}

function tell(pass: Pass, notice: Notice): void {
  const { policy } = pass.options;
  queueNotice(pass.transaction, { policy, nowMs: pass.nowMs }, notice);
  pass.told = true;
}
