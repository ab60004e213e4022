import type { AllocationPolicy, ErrorCode, GpuRequest } from '@ds01/contracts';
import { compareAmounts, fits, sumOf, type Amount } from './amount.ts';
import type { Judged } from './judge.ts';
import { allows, type Quota } from './quota.ts';
import { disjoint } from './search.ts';
import { choose, type StrategyInput } from './strategies.ts';
import type { SlotView } from './view.ts';
import { isProfile, normalProfile, type Want } from './want.ts';

/** Everything that a decision depends on. */
export interface Question {
  readonly request: GpuRequest;
  readonly want: Want;
  readonly policy: AllocationPolicy;
  readonly quota: Quota;
  readonly judged: readonly Judged[];
  readonly inventory: StrategyInput['inventory'];
  readonly nowMs: number;
}

/** Why a request is refused, before it is put into words. */
export interface Verdict {
  readonly code: ErrorCode;
  readonly retryable: boolean;
  /** Least weight that the request takes, where a quota is the reason. */
  readonly asked?: Amount;
}

/** The slots to take, or why none. */
export type Selection = { readonly chosen: readonly SlotView[] } | { readonly verdict: Verdict };

/**
 * Decides. What can never succeed is said first: a profile that isn't one, no such GPU, no
 * permission, the cap per container, a quota below the request. Then what may change: the quota with
 * what the user holds, and the slots that are free.
 */
export function select(question: Question): Selection {
  const { want, judged } = question;
  if (want.count === 0) return { chosen: [] };
  const suitable: SlotView[] = [];
  const free: SlotView[] = [];
  const freeForNow: SlotView[] = [];
  for (const { view, mismatches, obstacles } of judged) {
    if (mismatches.length > 0) continue;
    suitable.push(view);
    if (obstacles.length === 0) free.push(view);
    if (obstacles.every(({ code }) => code === 'reserved-soon')) freeForNow.push(view);
  }
  const verdict = neverPossible(question, suitable) ?? overQuota(question, suitable);
  if (verdict !== undefined) return { verdict };
  const chosen = chooseFree(question, free);
  if (chosen !== undefined) return { chosen };
  const isShort = freeForNow.length > free.length && chooseFree(question, freeForNow) !== undefined;
  const taken = want.kind === 'exact' ? 'gpu.gone' : 'gpu.none-free';
  return { verdict: { code: isShort ? 'gpu.reserved' : taken, retryable: true } };
}

function neverPossible(
  { request, want, policy, judged }: Question,
  suitable: readonly SlotView[],
): Verdict | undefined {
  const never = (code: ErrorCode): Verdict => ({ code, retryable: false });
  if (request.kind === 'mig' && !isProfile(request.profile) && !isListed(request.profile, judged)) {
    return never('gpu.invalid-profile');
  }
  if (request.kind === 'whole' && !policy.allowFullGpu && judged.length > 0) {
    return never('gpu.full-not-allowed');
  }
  if (disjoint(suitable, want.count).length < want.count) {
    const withPermission = judged.filter(isSuitableButFull);
    const could = disjoint(viewsIn(withPermission), want.count).length === want.count;
    if (could) return never('gpu.full-not-allowed');
    return never(want.kind === 'exact' ? 'gpu.gone' : 'gpu.no-match');
  }
  if (policy.maxSlotsPerContainer !== null && !(want.count <= policy.maxSlotsPerContainer)) {
    return never('quota.slots-per-container');
  }
  return undefined;
}

/** The lightest set that would do, free or not, is more than the quota or than what is left of it. */
function overQuota({ want, quota }: Question, suitable: readonly SlotView[]): Verdict | undefined {
  if (quota.allowed.value === Infinity) return undefined;
  const asked = weightOf(disjoint(byWeight(suitable), want.count));
  if (allows(quota, asked)) return undefined;
  return { code: quota.code, retryable: fits(asked, quota.allowed), asked };
}

function chooseFree(
  { request, want, policy, quota, judged, inventory, nowMs }: Question,
  free: readonly SlotView[],
): readonly SlotView[] | undefined {
  const { strategy } = policy;
  const views = viewsIn(judged);
  const of = { inventory, claimant: policy, nowMs };
  const input = { candidates: free, count: want.count, views, ...of };
  if (request.kind === 'any') {
    const affordable = free.filter((view) => allows(quota, weightOf([view])));
    const candidates = largestOf(affordable);
    return candidates.length === 0 ? undefined : choose(strategy, { ...input, candidates });
  }
  const isEnough = (chosen: readonly SlotView[]): boolean =>
    chosen.length === want.count && allows(quota, weightOf(chosen));
  if (request.kind !== 'exact') {
    const chosen = choose(strategy, input);
    if (isEnough(chosen)) return chosen;
  }
  // The same profile can weigh less on another model: the lightest set fits or none does.
  const lightest = disjoint(byWeight(free), want.count);
  return isEnough(lightest) ? lightest : undefined;
}

function largestOf(views: readonly SlotView[]): readonly SlotView[] {
  const best = views.reduce<SlotView | undefined>(
    (first, next) => (first === undefined || compareSize(next, first) < 0 ? next : first),
    undefined,
  );
  return best === undefined ? [] : views.filter((view) => compareSize(view, best) === 0);
}

/** The larger slot first: by weight, then by memory; unknown memory is the least. */
function compareSize(left: SlotView, right: SlotView): number {
  return (
    compareAmounts(weightOf([right]), weightOf([left])) ||
    (right.slot.memoryBytes ?? -1) - (left.slot.memoryBytes ?? -1)
  );
}

function byWeight(views: readonly SlotView[]): readonly SlotView[] {
  return views.toSorted((left, right) => left.slot.gpuEquivalents - right.slot.gpuEquivalents);
}

/** Weight of slots together. */
export function weightOf(views: readonly SlotView[]): Amount {
  return sumOf(views.map((view) => view.slot.gpuEquivalents));
}

/** True if only the missing permission for whole GPUs keeps a slot from being suitable. */
function isSuitableButFull({ mismatches }: Judged): boolean {
  return mismatches.every((reason) => reason.code === 'full-gpu-not-allowed');
}

function viewsIn(judged: readonly Judged[]): readonly SlotView[] {
  return judged.map((entry) => entry.view);
}

function isListed(profile: string, judged: readonly Judged[]): boolean {
  const asked = normalProfile(profile);
  return judged.some(({ view }) => normalProfile(view.slot.profile ?? '') === asked);
}
