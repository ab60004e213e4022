import type { SlotUuid } from '@ds01/contracts';
import { fits, minus } from '@ds01/gpu-allocator';
import type { Ask } from './asks.ts';
import { allowedTo, type Pass } from './pass.ts';
import { availableAtMs, isReservedFor, leavesByMs, sharesSilicon } from './server-view.ts';
import type { WaitingRequest } from './types.ts';

/** Slots that a request is expected to get, and when; `Infinity`: it can't be told. */
export interface Prospect {
  readonly slots: readonly number[];
  readonly startMs: number;
}

/**
 * The slots that fall to a request first, those that are free now before all others, after what
 * is planned already; `undefined` when too few of what would do can ever fall free by themselves.
 */
export function prospectOf(pass: Pass, request: WaitingRequest, ask: Ask): Prospect | undefined {
  let prospect = prospectFrom(pass, request, { ask, fromMs: pass.nowMs });
  // Slots that are free one after the other must be free together, for as long as it may take.
  while (prospect !== undefined && prospect.startMs < Infinity) {
    const { slots, startMs } = prospect;
    const views = slots.flatMap((index) => pass.views()[index] ?? []);
    if (views.every((view) => availableAtMs(view, request, startMs) === startMs)) break;
    prospect = prospectFrom(pass, request, { ask, fromMs: startMs });
  }
  return prospect;
}

function prospectFrom(
  pass: Pass,
  request: WaitingRequest,
  { ask, fromMs }: { readonly ask: Ask; readonly fromMs: number },
): Prospect | undefined {
  const views = pass.views();
  const { allocation } = request;
  const left = minus(allowedTo(allocation), pass.usedBy(allocation.user));
  const times = ask.suitable.flatMap((index) => {
    const view = views[index];
    if (view === undefined || !view.sound) return [];
    if (!fits({ value: view.slot.gpuEquivalents }, left)) return [];
    const freeMs = Math.max(pass.plannedMs[index] ?? Infinity, fromMs);
    return { index, atMs: availableAtMs(view, request, freeMs) };
  });
  times.sort((left, right) => compareTimes(left.atMs, right.atMs) || left.index - right.index);
  const listed = new Set<SlotUuid>(views.map(({ slot }) => slot.uuid));
  const slots: number[] = [];
  let startMs = fromMs;
  for (const { index, atMs } of times) {
    if (slots.length === ask.count) break;
    const slot = views[index]?.slot;
    const clashes =
      slot === undefined ||
      slots.some((other) => {
        const chosen = views[other]?.slot;
        return chosen !== undefined && sharesSilicon(slot, chosen, listed);
      });
    if (clashes) continue;
    slots.push(index);
    startMs = Math.max(startMs, atMs);
  }
  if (slots.length < ask.count) return undefined;
  return { slots: slots.toSorted((left, right) => left - right), startMs };
}

/** Infinity minus Infinity is no number. */
function compareTimes(left: number, right: number): number {
  return left === right ? 0 : left - right;
}

/** Counts a prospect as taken, so that those behind are expected after it. */
export function plan(pass: Pass, request: WaitingRequest, { slots, startMs }: Prospect): void {
  const endMs = startMs + (request.runtimeMs ?? Infinity);
  for (const index of slots) {
    pass.plannedMs[index] = Math.max(pass.plannedMs[index] ?? Infinity, endMs);
  }
}

/**
 * Keeps the slots of a prospect: who comes later may only have them until its start. Its person's
 * quota is kept with them.
 */
export function keep(pass: Pass, request: WaitingRequest, { slots, startMs }: Prospect): void {
  const untilMs = startMs === Infinity ? -Infinity : startMs;
  const views = pass.views();
  let weight = 0;
  for (const index of slots) {
    pass.keptFromMs[index] = Math.min(pass.keptFromMs[index] ?? Infinity, untilMs);
    weight += views[index]?.slot.gpuEquivalents ?? 0;
  }
  const { user } = request.allocation;
  pass.promised.set(user, (pass.promised.get(user) ?? 0) + weight);
}

/**
 * True if a request would use up what its person needs, as far as their quota goes, for another one
 * of theirs that slots are kept for. However soon it ended: that start may come sooner than expected.
 */
export function wouldSpendPromised(pass: Pass, { allocation }: WaitingRequest, ask: Ask): boolean {
  const promised = pass.promised.get(allocation.user);
  if (promised === undefined) return false;
  const { value } = pass.usedBy(allocation.user);
  return !fits({ value: value + ask.leastWeight + promised }, allowedTo(allocation));
}

/** Keeps slots from everybody who comes later, however soon they would be back. */
export function close(pass: Pass, slots: readonly number[]): void {
  for (const index of slots) pass.keptFromMs[index] = -Infinity;
}

/**
 * True if a request that starts now may be on a slot that is kept for others later. Whom it is reserved
 * for now may: nobody else could have it, and no wait takes a reservation away.
 */
export function mayUse(pass: Pass, request: WaitingRequest, index: number): boolean {
  const view = pass.views()[index];
  if (view === undefined) return false;
  const untilMs = pass.keptFromMs[index] ?? -Infinity;
  return leavesByMs(view, request, pass.nowMs) <= untilMs || isReservedFor(view, request);
}
