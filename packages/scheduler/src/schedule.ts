import { fits, minus } from '@ds01/gpu-allocator';
import type { Ask } from './asks.ts';
import { countFree, placeNow, type FreeSlots } from './grant.ts';
import { turnsOf } from './order.ts';
import { allowedTo, startPass, type Pass } from './pass.ts';
import { promisedEndOf } from './promised-end.ts';
import {
  behindOthers,
  collecting,
  noSlotFree,
  outOfOrder,
  ownQuota,
  queueHeld,
  quotaPromised,
  requestHeld,
  wouldDelayReserved,
} from './reasons.ts';
import { close, keep, plan, prospectOf, wouldSpendPromised, type Prospect } from './reserve.ts';
import type {
  SchedulerDecision,
  SchedulerGrant,
  SchedulerInput,
  SchedulerReservation,
  ImpossibleRequest,
  WaitingPlace,
  WaitingReason,
  WaitingRequest,
} from './types.ts';

/** So far down the order it is told when a request may start; it would be a guess beyond. */
const estimatedPlaces = 1000;

/**
 * Who gets what now, who waits and why. Pure: the same input gives the same decision, whatever the
 * order of what is in it.
 *
 * Requests take their turns by {@link order}. One that can start now is granted. The first that
 * can't, of those that want the same slots, has slots kept for it: those that are free, and those
 * that fall free first. Whoever comes later may use a kept slot only if it is given back before that
 * start (`backfill`), or not at all (`fifo`, `fair-share`, where all that would do is kept). The
 * oldest request of a class comes first when it asks for several slots, so small ones can't starve
 * it. What waits for its owner's quota, is held, or needs GPUs that are broken keeps nothing.
 *
 * `estimatedStartMs` assumes that everything runs as long as it may. Each slot is granted at most
 * once, and never one that is leased, busy, unhealthy or reserved for somebody else: the allocator
 * places every grant.
 */
export function schedule(input: SchedulerInput): SchedulerDecision {
  return decide(input, { estimatedPlaces });
}

/** What {@link schedule} is asked for beside the decision. */
export interface DecideOptions {
  /** For how many requests it is worked out when they may start; 0: only who starts now counts. */
  readonly estimatedPlaces: number;
  /** Known from an earlier pass over the same inventory. */
  readonly askOf?: (request: WaitingRequest) => Ask;
}

/** {@link schedule}, for callers that want less of it. */
export function decide(input: SchedulerInput, options: DecideOptions): SchedulerDecision {
  const pass = startPass(input, options.askOf);
  const found: Found = {
    grants: [],
    waiting: [],
    impossible: [],
    reservations: [],
    wanted: new Set(),
    wantedByBig: new Set(),
  };
  const { waiting, usage, policy } = input;
  const turns = turnsOf({ waiting, usage, policy, nowMs: pass.nowMs }, (request) =>
    mayReserve(pass, request),
  );
  let tier: number | undefined;
  for (const turn of turns) {
    const { request } = turn;
    const ask = pass.askOf(request);
    const leads = turn.tier !== tier && ask.count > 1;
    tier = turn.tier;
    if (options.estimatedPlaces === 0 && !isAnythingUsable(pass)) break;
    takeTurn({ pass, input, found, request, ask, leads, estimated: options.estimatedPlaces });
  }
  const { grants, impossible, reservations } = found;
  return { grants, waiting: found.waiting, impossible, reservations };
}

interface Found {
  readonly grants: SchedulerGrant[];
  readonly waiting: WaitingPlace[];
  readonly impossible: ImpossibleRequest[];
  readonly reservations: SchedulerReservation[];
  /** Slots that requests wait for which have taken their turn. */
  readonly wanted: Set<number>;
  /** The same, for those that came first for being big: others may reserve beside them. */
  readonly wantedByBig: Set<number>;
}

interface TurnToTake {
  readonly pass: Pass;
  readonly input: SchedulerInput;
  readonly found: Found;
  readonly request: WaitingRequest;
  readonly ask: Ask;
  /** The first of its class, and big. */
  readonly leads: boolean;
  readonly estimated: number;
}

/** Nobody keeps slots for what couldn't have them if they were free. */
function mayReserve(pass: Pass, request: WaitingRequest): boolean {
  if (request.held) return false;
  const ask = pass.askOf(request);
  if (ask.impossible !== null || !isWithinQuota(pass, request, ask)) return false;
  return isSound(pass, ask);
}

/** Enough of what would do falls free by itself when leases end. */
function isSound(pass: Pass, ask: Ask): boolean {
  const views = pass.views();
  return ask.suitable.filter((index) => views[index]?.sound === true).length >= ask.count;
}

function isWithinQuota(pass: Pass, { allocation }: WaitingRequest, ask: Ask): boolean {
  const left = minus(allowedTo(allocation), pass.usedBy(allocation.user));
  return ask.count === 0 || fits({ value: ask.leastWeight }, left);
}

function isAnythingUsable(pass: Pass): boolean {
  return pass.free().some((index) => pass.keptFromMs[index] !== -Infinity);
}

function takeTurn(turn: TurnToTake): void {
  const { pass, input, found, request, ask } = turn;
  if (ask.impossible !== null) {
    found.impossible.push({ id: request.id, ...ask.impossible });
    return;
  }
  if (input.held) return wait(turn, queueHeld, Infinity);
  if (request.held) return wait(turn, requestHeld, Infinity);
  if (!isWithinQuota(pass, request, ask)) return waitForQuota(turn);
  if (wouldSpendPromised(pass, request, ask)) return wait(turn, quotaPromised, Infinity);
  const freeSlots = countFree(pass, request, ask);
  if (freeSlots.usable >= ask.count) {
    const placement = placeNow(pass, request);
    if (placement === 'quota') return waitForQuota(turn);
    if (placement !== null) {
      const endsByMs = promisedEndOf(pass, request, placement);
      found.grants.push({ id: request.id, placement, endsByMs });
      pass.take(request, placement);
      return;
    }
  }
  waitForSlots(turn, freeSlots);
}

function waitForQuota(turn: TurnToTake): void {
  const { pass, request, ask } = turn;
  const { allocation } = request;
  const asked = { value: ask.leastWeight };
  const reason = ownQuota(pass.usedBy(allocation.user), allowedTo(allocation), asked);
  wait(turn, reason, isEstimated(turn) ? pass.quotaAtMs(request, ask.leastWeight) : Infinity);
}

function waitForSlots(turn: TurnToTake, freeSlots: FreeSlots): void {
  const { pass, input, found, request, ask, leads } = turn;
  if (!isSound(pass, ask)) return wait(turn, outOfOrder(ask.count), Infinity);
  const behindBig = ask.suitable.some((index) => found.wantedByBig.has(index));
  const behindHead = ask.suitable.some((index) => found.wanted.has(index));
  const reserves = !behindHead && !(leads && behindBig);
  const prospect = reserves || isEstimated(turn) ? prospectOf(pass, request, ask) : undefined;
  const backfills = input.policy.order === 'backfill';
  if (prospect !== undefined) {
    if (reserves) {
      keep(pass, request, prospect);
      if (ask.count > 1) found.reservations.push(reservationOf(pass, request, prospect));
    }
    plan(pass, request, prospect);
  }
  if (!backfills) close(pass, ask.suitable);
  const wanted = leads ? found.wantedByBig : found.wanted;
  for (const index of ask.suitable) wanted.add(index);
  const reason = reasonOf({
    count: ask.count,
    freeSlots,
    reserves,
    behind: behindHead || behindBig,
    backfills,
  });
  wait(turn, reason, isEstimated(turn) ? (prospect?.startMs ?? Infinity) : Infinity);
}

function reasonOf(options: {
  readonly count: number;
  readonly freeSlots: FreeSlots;
  readonly reserves: boolean;
  readonly behind: boolean;
  readonly backfills: boolean;
}): WaitingReason {
  const { count, freeSlots, reserves, behind, backfills } = options;
  if (!behind)
    return reserves && count > 1 ? collecting(count, freeSlots) : noSlotFree(count, freeSlots);
  if (backfills && freeSlots.free >= count) return wouldDelayReserved;
  return behindOthers;
}

function reservationOf(
  pass: Pass,
  { id }: WaitingRequest,
  { slots, startMs }: Prospect,
): SchedulerReservation {
  const views = pass.views();
  return {
    id,
    slots: slots.flatMap((index) => views[index]?.slot.uuid ?? []),
    startMs: knownMs(startMs),
  };
}

function isEstimated({ found, estimated }: TurnToTake): boolean {
  return found.waiting.length < estimated;
}

function wait({ found, request }: TurnToTake, reason: WaitingReason, startMs: number): void {
  const position = found.waiting.length + 1;
  found.waiting.push({ id: request.id, position, reason, estimatedStartMs: knownMs(startMs) });
}

function knownMs(timeMs: number): number | null {
  return timeMs === Infinity ? null : timeMs;
}
