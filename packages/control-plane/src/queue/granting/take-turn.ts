import { allocate } from '@ds01/gpu-allocator';
import type {
  AllocationSnapshot,
  GpuRequest,
  Placement,
  PlacementDecision,
  PlacementRefusal,
} from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { Caller } from '../../caller.ts';
import { withMinimumMemory } from '../../deploy/snapshot.ts';
import { utcTime } from '../../notifications/render.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { claimantNow, toldReservation } from '../../reservations/claimant.ts';
import { waitingEntries } from '../entries.ts';
import { decideTurns } from './scheduling.ts';

/** Somebody who asks for GPUs now. */
export interface TurnRequest {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly gpu: GpuRequest;
  readonly snapshot: AllocationSnapshot;
  /** Their own request that waits already, if it is the same one. */
  readonly own: QueueRecord | undefined;
  /** GPU equivalents that they give back for it, which aren’t leased in the snapshot any more. */
  readonly givesBack?: number;
  /** They agree to an end by the begin of a reservation of somebody else. */
  readonly untilReserved?: boolean | undefined;
}

/** What becomes of it; a placement that fills a gap has to be given back by `endsByMs`. */
export interface PlacedInTurn {
  readonly decision: PlacementDecision;
  readonly endsByMs: number | null;
}

/** Id of a request that isn't in the queue: behind all that are, where nothing else tells them apart. */
const newcomer = '~newcomer';

/**
 * What the allocator says, but nobody gets before those that wait for what the rules of the queue give
 * to them: then `gpu.none-free`, with how many wait. A request that waits itself comes at its place; who
 * puts a container into the place of another one has had their turn for as much as that one had.
 */
export function placeInTurn(transaction: StoreTransaction, request: TurnRequest): PlacedInTurn {
  const { caller, policy, gpu, snapshot, own } = request;
  const { name } = caller.owner;
  const user = policy.forUser(name);
  const { untilReserved = false } = request;
  const claimant = claimantNow(policy, name, snapshot.nowMs, { untilReserved });
  const plain = allocate(snapshot, withMinimumMemory(gpu, user), claimant);
  if (plain.decision === 'refused') return { decision: plain, endsByMs: null };
  const waiting = waitingEntries(transaction);
  if (waiting.length === 0 || isGivenBack(plain, request)) {
    const decision = untilReserved ? toldReservation(plain, snapshot, claimant) : plain;
    return { decision, endsByMs: null };
  }
  const mine = own?.state === 'waiting' ? own.id : newcomer;
  const turns = decideTurns(transaction, {
    snapshot,
    policy,
    ...(mine === newcomer ? { newcomer: { id: newcomer, user: name, gpu, untilReserved } } : {}),
  });
  const grant = turns.grants.find(({ id }) => id === mine);
  if (grant !== undefined) {
    const { placement, endsByMs } = grant;
    const told = untilReserved ? toldReservation(placement, snapshot, claimant) : placement;
    return { decision: toldEnd(told, endsByMs), endsByMs };
  }
  const place = turns.waiting.find(({ id }) => id === mine);
  const decision = refused(plain.candidates, {
    others: waiting.filter(({ id }) => id !== mine).length,
    why: place?.reason.message ?? null,
  });
  return { decision, endsByMs: null };
}

/** What is given to somebody who fills a gap, with what comes of that in words. */
export function toldEnd(placement: Placement, endsByMs: number | null): Placement {
  if (endsByMs === null) return placement;
  const reason =
    `${placement.reason} It goes to a request that waits at ${utcTime(endsByMs)}: the container is ` +
    'stopped before, also when it was paused or stopped in between, unless nobody waits any more.';
  return { ...placement, reason };
}

/** Sums of sevenths differ in their last digits. */
function isGivenBack({ gpuEquivalents }: Placement, { givesBack = 0 }: TurnRequest): boolean {
  return gpuEquivalents < givesBack + 1e-6;
}

function refused(
  candidates: PlacementRefusal['candidates'],
  { others, why }: { readonly others: number; readonly why: string | null },
): PlacementRefusal {
  const who = others === 1 ? '1 request waits' : `${others} requests wait`;
  const because = why === null ? '' : ` ${why.replace(/\.?$/, '.')}`;
  return {
    decision: 'refused',
    code: 'gpu.none-free',
    reason: `${who} for GPUs, and the rules of the queue put this one behind.${because}`,
    details: { waiting: others },
    retryable: true,
    candidates,
  };
}
