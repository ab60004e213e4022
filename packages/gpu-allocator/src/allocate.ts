import type {
  AllocationPolicy,
  AllocationSnapshot,
  GpuRequest,
  PlacementCandidate,
  PlacementDecision,
  PlacementReason,
} from '@ds01/contracts';
import { formatAmount, sumOf } from './amount.ts';
import { overlap } from './footprint.ts';
import { judge, type Judged } from './judge.ts';
import { allows, quotaOf } from './quota.ts';
import { explain } from './refusal.ts';
import { select, weightOf, type Question, type Verdict } from './select.ts';
import { usageOf } from './usage.ts';
import { viewsOf, type SlotView } from './view.ts';
import { wantOf } from './want.ts';

/**
 * Decides which slots a request gets, or why none: all of what was asked or nothing. It never
 * throws for an expected outcome and depends on nothing but its arguments; the order of what is in
 * the snapshot makes no difference.
 *
 * Every slot of the inventory is in `candidates` exactly once, in numeric order, with its reasons.
 * Refusals: `gpu.invalid-profile`, `gpu.full-not-allowed`, `gpu.no-match`,
 * `quota.slots-per-container`, `quota.gpu-exceeded`, `quota.aggregate-gpu-exceeded`,
 * `gpu.none-free`, `gpu.reserved` where only reservations that begin later are in the way, and
 * `gpu.gone` for `exact`. `retryable` says whether the same request may succeed
 * when leases end: a quota that is merely used up is retryable, one below the request isn't.
 *
 * A request of kind `none` is placed on no slots.
 */
export function allocate(
  snapshot: AllocationSnapshot,
  request: GpuRequest,
  policy: AllocationPolicy,
): PlacementDecision {
  const want = wantOf(request, policy);
  const question: Question = {
    request,
    want,
    policy,
    quota: quotaOf(policy, usageOf(snapshot.leases, policy.user).gpuEquivalents),
    judged: judge(viewsOf(snapshot), want, { claimant: policy, nowMs: snapshot.nowMs }),
    inventory: snapshot.inventory,
    nowMs: snapshot.nowMs,
  };
  const selection = select(question);
  if ('verdict' in selection) {
    const { code, retryable } = selection.verdict;
    const candidates = refusedCandidates(question, selection.verdict);
    return {
      decision: 'refused',
      code,
      retryable,
      ...explain(question, selection.verdict),
      candidates,
    };
  }
  // Numeric order, whatever the order in which the strategy picked them.
  const chosen = question.judged
    .map((entry) => entry.view)
    .filter((view) => selection.chosen.includes(view));
  return {
    decision: 'placed',
    slots: chosen.map((view) => view.slot),
    gpuEquivalents: weightOf(chosen).value,
    reason: placedText(question, chosen),
    candidates: placedCandidates(question, chosen),
  };
}

function placedText({ request, policy, want }: Question, chosen: readonly SlotView[]): string {
  if (chosen.length === 0) return 'No GPU was asked for.';
  const names = chosen.map(({ slot }) =>
    slot.migIndex === null ? `${slot.slot} (whole GPU)` : `${slot.slot} (${slot.profile ?? 'MIG'})`,
  );
  const taken = `Took ${names.join(', ')}`;
  if (request.kind === 'exact') return `${taken}: the same devices as before.`;
  if (request.kind === 'any') return `${taken}: the largest free slot that this user may have.`;
  return `${taken}: ${want.text} asked for, chosen by the strategy "${policy.strategy}".`;
}

function placedCandidates(
  question: Question,
  chosen: readonly SlotView[],
): readonly PlacementCandidate[] {
  const reasons: readonly PlacementReason[] = [{ code: 'chosen', message: placedReason(question) }];
  const taken = new Set(chosen);
  return question.judged.map((entry) => {
    if (taken.has(entry.view)) return candidateOf(entry, true, () => reasons);
    return candidateOf(entry, false, () => spareReasons(question, entry, chosen));
  });
}

function placedReason({ request, policy }: Question): string {
  if (request.kind === 'exact') return 'chosen: asked for by its UUID';
  if (request.kind === 'any') return 'chosen: the largest free slot that this user may have';
  return `chosen by the strategy "${policy.strategy}"`;
}

function spareReasons(
  { quota }: Question,
  { view }: Judged,
  chosen: readonly SlotView[],
): readonly PlacementReason[] {
  const neighbour = chosen.find((other) => overlap(other.footprint, view.footprint));
  if (neighbour !== undefined) {
    const message = `shares memory with ${neighbour.slot.slot}, which was chosen`;
    return [{ code: 'shares-memory', message }];
  }
  const weight = sumOf([view.slot.gpuEquivalents]);
  if (!allows(quota, weight)) return [overQuotaReason(weight.value, formatAmount(quota.left))];
  return notNeeded;
}

const notNeeded: readonly PlacementReason[] = [
  { code: 'not-needed', message: 'free, but another was a better choice' },
];
const notEnough: readonly PlacementReason[] = [
  { code: 'not-needed', message: 'free, but the request as a whole was refused' },
];

function overQuotaReason(weight: number, left: string): PlacementReason {
  const message = `weighs ${formatAmount({ value: weight })}, ${left} is left of the quota`;
  return { code: 'over-quota', message };
}

function refusedCandidates(question: Question, verdict: Verdict): readonly PlacementCandidate[] {
  const { quota, judged } = question;
  const left = formatAmount(quota.left);
  return judged.map((entry) =>
    candidateOf(entry, false, () => {
      const weight = sumOf([entry.view.slot.gpuEquivalents]);
      const over = verdict.code === quota.code || !allows(quota, weight);
      return over ? [overQuotaReason(weight.value, left)] : notEnough;
    }),
  );
}

/** `free` makes the reasons for a suitable slot that nobody has. */
function candidateOf(
  { view, mismatches, obstacles }: Judged,
  accepted: boolean,
  free: () => readonly PlacementReason[],
): PlacementCandidate {
  const { slot, uuid } = view.slot;
  if (mismatches.length === 0 && obstacles.length === 0) {
    return { slot, uuid, accepted, reasons: free() };
  }
  const reasons = mismatches.length === 0 ? obstacles : [...mismatches, ...obstacles];
  return { slot, uuid, accepted, reasons };
}
