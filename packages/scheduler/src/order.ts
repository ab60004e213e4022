import type { PriorityClass } from '@ds01/contracts/service';
import type { GpuRequest } from '@ds01/contracts';
import type { SchedulerInput, WaitingRequest } from './types.ts';

/** What the order of turns depends on. `nowMs` is Unix milliseconds. */
export type OrderInput = Pick<SchedulerInput, 'waiting' | 'usage' | 'policy'> & {
  readonly nowMs: number;
};

/**
 * The order of turns, whether or not something can start now. In this order decide: the place that
 * an administrator gave; the class of priority; then, unless the rules say `fifo`, being the oldest
 * of the class with a request for more than one slot, and who used less of their share; then age.
 *
 * What somebody used fades while their request waits, and counts nothing after `ageing_h`: whatever
 * has waited so long is behind older requests of its class only.
 */
export function order(input: OrderInput): readonly WaitingRequest[] {
  return turnsOf(input, (request) => !request.held).map((turn) => turn.request);
}

/** One request in the order of turns. */
export interface Turn {
  readonly request: WaitingRequest;
  /** Requests of one tier have the same given place and class; the smaller one comes first. */
  readonly tier: number;
  /** What its person used, over their shares, faded with the wait. */
  readonly use: number;
}

/**
 * As {@link order}, with what it was made from. Only an eligible request (one for which slots may
 * be reserved) comes first for being the oldest of its tier.
 */
export function turnsOf(
  { waiting, usage, policy, nowMs }: OrderInput,
  isEligible: (request: WaitingRequest) => boolean,
): readonly Turn[] {
  const fair = policy.order !== 'fifo';
  const ageingMs = policy.ageing_h * 3_600_000;
  const turns = waiting.map((request): Turn => {
    const tier = tierOf(request);
    if (!fair) return { request, tier, use: 0 };
    const weight = (policy.group_weights[request.group] ?? 1) * (request.weight ?? 1);
    const share = (usage.get(request.user) ?? 0) / weight;
    return { request, tier, use: share * freshness(nowMs - request.queuedAtMs, ageingMs) };
  });
  turns.sort(compareTurns);
  return fair ? withOldestBigFirst(turns, isEligible) : turns;
}

/** How many slots a request takes. */
export function slotCountOf(gpu: GpuRequest): number {
  switch (gpu.kind) {
    case 'none':
      return 0;
    case 'any':
      return 1;
    case 'exact':
      return new Set(gpu.uuids).size;
    case 'whole':
    case 'mig':
      return gpu.count;
  }
}

const classRanks: Readonly<Record<PriorityClass, number>> = {
  urgent: 0,
  high: 1,
  normal: 2,
  low: 3,
};
const placeRanks = { first: 0, none: 1, last: 2 } as const;

function tierOf({ place, priority }: WaitingRequest): number {
  return placeRanks[place ?? 'none'] * 4 + classRanks[priority];
}

/** 1 for what has just come, 0 for what has waited long enough. */
function freshness(waitedMs: number, ageingMs: number): number {
  if (waitedMs >= ageingMs) return 0;
  return waitedMs <= 0 ? 1 : 1 - waitedMs / ageingMs;
}

function compareTurns(left: Turn, right: Turn): number {
  return left.tier - right.tier || left.use - right.use || compareAge(left.request, right.request);
}

function compareAge(left: WaitingRequest, right: WaitingRequest): number {
  return left.queuedAtMs - right.queuedAtMs || (left.id < right.id ? -1 : 1);
}

/**
 * Small requests that keep coming would take every slot as it falls free. So the oldest of each tier
 * goes first when it asks for several.
 */
function withOldestBigFirst(
  turns: readonly Turn[],
  isEligible: (request: WaitingRequest) => boolean,
): readonly Turn[] {
  const oldest = new Map<number, Turn>();
  for (const turn of turns) {
    const known = oldest.get(turn.tier);
    const isOlder = known === undefined || compareAge(turn.request, known.request) < 0;
    if (isOlder && isEligible(turn.request)) oldest.set(turn.tier, turn);
  }
  const big = new Map([...oldest].filter(([, { request }]) => slotCountOf(request.gpu) > 1));
  if (big.size === 0) return turns;
  const moved = new Set(big.values());
  const ordered: Turn[] = [];
  let tier: number | undefined;
  for (const turn of turns) {
    if (turn.tier !== tier) {
      tier = turn.tier;
      const first = big.get(tier);
      if (first !== undefined) ordered.push(first);
    }
    if (!moved.has(turn)) ordered.push(turn);
  }
  return ordered;
}
