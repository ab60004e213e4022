import type { PlacementReason } from '@ds01/contracts';
import { clashesOf, isReservationFor, type Claimant } from './reserved.ts';
import { isOn, type SlotView } from './view.ts';
import type { Want } from './want.ts';

/** One slot under one request. */
export interface Judged {
  readonly view: SlotView;
  /** Why it isn't what was asked for. */
  readonly mismatches: readonly PlacementReason[];
  /** Why it can't be had now. */
  readonly obstacles: readonly PlacementReason[];
}

const none: readonly PlacementReason[] = [];
const leased: PlacementReason = { code: 'leased', message: 'leased' };
const lost: PlacementReason = {
  code: 'lost',
  message: 'its silicon belongs to the lease of a device that vanished',
};
const busy: PlacementReason = { code: 'busy', message: 'used by processes outside any container' };
const reservedForOther: PlacementReason = {
  code: 'reserved-for-other',
  message: 'reserved for somebody else',
};
const reservedSoon: PlacementReason = {
  code: 'reserved-soon',
  message: 'reserved for somebody else before this could end',
};
const onlyLeased: readonly PlacementReason[] = [leased];

/** Judges every slot at `nowMs`; the order stays. */
export function judge(
  views: readonly SlotView[],
  want: Want,
  asking: { readonly claimant: Claimant; readonly nowMs: number },
): readonly Judged[] {
  return views.map((view) => ({
    view,
    mismatches: want.mismatches(view),
    obstacles: obstaclesOf(view, asking.claimant, asking.nowMs),
  }));
}

/** Why a slot can't be had now by whom it concerns; empty when it can. */
export function obstaclesOf(
  view: SlotView,
  claimant: Claimant,
  nowMs: number,
): readonly PlacementReason[] {
  const health = view.device.health.state;
  const { blockers, reservations, upcoming } = view;
  const isReserved = reservations.length > 0 || upcoming.length > 0;
  if (health === 'healthy' && !view.busy && !isReserved) {
    if (blockers.length === 0) return none;
    const blocker = blockers.length === 1 ? blockers[0] : undefined;
    const isPlain = blocker !== undefined && blocker.lease.state !== 'lost';
    if (isPlain && isOn(view, blocker)) return onlyLeased;
  }
  const reasons = leaseReasons(view);
  if (view.busy) reasons.push(busy);
  if (health === 'unhealthy') reasons.push(unhealthy(view.device.health.reasons));
  if (health === 'unknown') {
    reasons.push({ code: 'health-unknown', message: 'its health is unknown' });
  }
  if (isReserved) reasons.push(...reservedReasons(view, claimant, nowMs));
  return reasons;
}

function reservedReasons(
  { reservations, upcoming }: SlotView,
  claimant: Claimant,
  nowMs: number,
): readonly PlacementReason[] {
  const first = clashesOf([...reservations, ...upcoming], claimant, nowMs)[0];
  if (first === undefined) return none;
  return [first.atMs <= nowMs ? reservedForOther : reservedSoon];
}

/** True if one of the reservations in force on the slot is this person's own. */
export function isReservedFor(view: SlotView, claimant: Claimant): boolean {
  return view.reservations.some((reservation) => isReservationFor(reservation, claimant));
}

function leaseReasons(view: SlotView): PlacementReason[] {
  const reasons: PlacementReason[] = [];
  const live = view.blockers.filter((blocker) => blocker.lease.state !== 'lost');
  if (live.some((blocker) => isOn(view, blocker))) reasons.push(leased);
  const neighbour = live.find((blocker) => !isOn(view, blocker));
  if (neighbour !== undefined) {
    const message = `shares memory with ${neighbour.leased.slot}, which is leased`;
    reasons.push({ code: 'shares-memory', message });
  }
  if (live.length < view.blockers.length) reasons.push(lost);
  return reasons;
}

function unhealthy(reasons: readonly string[]): PlacementReason {
  const why = reasons.length === 0 ? '' : `: ${reasons.join('; ')}`;
  return { code: 'unhealthy', message: `unhealthy${why}` };
}
