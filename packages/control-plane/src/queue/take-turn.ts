import { allocate } from '@ds01/gpu-allocator';
import type {
  AllocationSnapshot,
  GpuRequest,
  Placement,
  PlacementDecision,
  PlacementRefusal,
} from '@ds01/contracts';
import type { QueueRecord, StoreTransaction } from '@ds01/ports';
import type { Caller } from '../caller.ts';
import { withMinimumMemory } from '../deploy/snapshot.ts';
import type { CurrentPolicy } from '../policy.ts';
import { claimantNow } from '../reservations/claimant.ts';
import { waitingEntries } from './entries.ts';
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
}

/** Id of a request that isn't in the queue: behind all that are, where nothing else tells them apart. */
const newcomer = '~newcomer';

/**
 * What the allocator says, but nobody gets before those that wait for what the rules of the queue give
 * to them: then `gpu.none-free`, with how many wait. A request that waits itself comes at its place; who
 * puts a container into the place of another one has had their turn for as much as that one had.
 */
export function placeInTurn(
  transaction: StoreTransaction,
  request: TurnRequest,
): PlacementDecision {
  const { caller, policy, gpu, snapshot, own } = request;
  const { name } = caller.owner;
  const user = policy.forUser(name);
  const claimant = claimantNow(policy, name, snapshot.nowMs);
  const plain = allocate(snapshot, withMinimumMemory(gpu, user), claimant);
  if (plain.decision === 'refused') return plain;
  const waiting = waitingEntries(transaction);
  if (waiting.length === 0 || isGivenBack(plain, request)) return plain;
  const mine = own?.state === 'waiting' ? own.id : newcomer;
  const decision = decideTurns(transaction, {
    snapshot,
    policy,
    ...(mine === newcomer ? { newcomer: { id: newcomer, user: name, gpu } } : {}),
  });
  const grant = decision.grants.find(({ id }) => id === mine);
  if (grant !== undefined) return grant.placement;
  const place = decision.waiting.find(({ id }) => id === mine);
  return refused(plain.candidates, {
    others: waiting.filter(({ id }) => id !== mine).length,
    why: place?.reason.message ?? null,
  });
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
