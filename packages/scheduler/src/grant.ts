import type { Placement, PlacementCandidate, PlacementReason, SlotUuid } from '@ds01/contracts';
import { allocate } from '@ds01/gpu-allocator';
import type { Ask } from './asks.ts';
import type { Pass } from './pass.ts';
import { mayUse } from './reserve.ts';
import { availableAtMs, claimantOf } from './server-view.ts';
import type { WaitingRequest } from './types.ts';

/** Suitable slots that nobody has, and how many of them may be used now. */
export interface FreeSlots {
  readonly free: number;
  /** Beside those: reserved for others, now or before the request could end. */
  readonly reserved: number;
  readonly usable: number;
}

/** Counts what is free for a request. */
export function countFree(pass: Pass, request: WaitingRequest, ask: Ask): FreeSlots {
  const views = pass.views();
  let free = 0;
  let usable = 0;
  let reserved = 0;
  for (const index of pass.free()) {
    const view = views[index];
    if (view === undefined || ask.suits[index] !== true) continue;
    if (availableAtMs(view, request, pass.nowMs) > pass.nowMs) {
      reserved += 1;
      continue;
    }
    free += 1;
    if (mayUse(pass, request, index)) usable += 1;
  }
  return { free, reserved, usable };
}

/**
 * Where the allocator places a request now, slots that are kept for others left out; `null` when
 * it can't, `quota` when only what its person has already is in the way.
 */
export function placeNow(pass: Pass, request: WaitingRequest): Placement | 'quota' | null {
  const snapshot = pass.snapshot();
  const kept = new Set<SlotUuid>();
  for (const [index, { slot }] of pass.views().entries()) {
    if (pass.keptFromMs[index] !== Infinity && !mayUse(pass, request, index)) kept.add(slot.uuid);
  }
  const masked = kept.size === 0 ? snapshot : { ...snapshot, busy: [...snapshot.busy, ...kept] };
  const decision = allocate(masked, request.gpu, claimantOf(request));
  if (decision.decision === 'refused') return decision.code.startsWith('quota.') ? 'quota' : null;
  if (kept.size === 0) return decision;
  const busy = new Set(snapshot.busy);
  const candidates = decision.candidates.map((candidate) =>
    kept.has(candidate.uuid) && !busy.has(candidate.uuid) ? explainKept(candidate) : candidate,
  );
  return { ...decision, candidates };
}

const keptForOther: PlacementReason = {
  code: 'reserved-for-other',
  message: 'kept for a request that waits',
};

/** The allocator was told that the slot is busy; why is known better here. */
function explainKept(candidate: PlacementCandidate): PlacementCandidate {
  const reasons = candidate.reasons.map((reason) =>
    reason.code === 'busy' ? keptForOther : reason,
  );
  return { ...candidate, reasons };
}
