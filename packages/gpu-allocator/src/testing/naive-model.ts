import type { ErrorCode, GpuRequest, LeaseState } from '@ds01/contracts';
import { unitsPerGpu } from './boards.ts';
import type { TrueSlot, World } from './worlds.ts';

/** A lease as the model keeps it. */
export interface NaiveLease {
  readonly number: number;
  readonly user: string;
  state: Exclude<LeaseState, 'released'>;
  readonly slots: readonly TrueSlot[];
}

/** Limits in 28ths of a GPU, so that sums are exact. */
export interface NaivePolicy {
  readonly user: string;
  readonly maxUnits: number | null;
  readonly aggregateUnits: number | null;
  readonly maxSlotsPerContainer: number | null;
  readonly allowFullGpu: boolean;
  /** As in an `AllocationPolicy`. */
  readonly longestMs?: number | null | undefined;
}

/** A reservation that begins later; milliseconds from now on. */
export interface NaiveReservation {
  readonly user: string;
  readonly inMs: number;
  readonly forMs: number;
}

/** What the model expects. */
export type Expectation =
  | { readonly decision: 'placed' }
  | { readonly decision: 'refused'; readonly code: ErrorCode; readonly retryable: boolean };

/** Everything about the world that changes. */
export interface NaiveState {
  readonly world: World;
  leases: NaiveLease[];
  readonly busy: Set<string>;
  readonly health: Map<string, 'unhealthy' | 'unknown'>;
  /** Slot id -> user. */
  readonly reserved: Map<string, string>;
  /** The same, for later. */
  readonly reservedLater: Map<string, NaiveReservation>;
}

/** Reservations begin and end at whole steps from now on. */
export const stepMs = 100;
const lastStep = 10;

/** True if both slots are made of some of the same silicon. */
export function clash(left: TrueSlot, right: TrueSlot): boolean {
  if (left.deviceUuid !== right.deviceUuid) return false;
  return left.whole || right.whole || left.silicon === right.silicon;
}

/** Whom a slot is reserved for at a moment, so many steps from now. */
function reservedAt(state: NaiveState, slot: TrueSlot, step: number): readonly string[] {
  return state.world.slots
    .filter((other) => clash(other, slot))
    .flatMap(({ id }) => {
      const later = state.reservedLater.get(id);
      const holds =
        later !== undefined &&
        later.inMs <= step * stepMs &&
        step * stepMs < later.inMs + later.forMs;
      return [
        ...(step === 0 ? [state.reserved.get(id) ?? []] : []),
        ...(holds ? [later.user] : []),
      ];
    })
    .flat();
}

/** Reasons, by code, why a slot can't be had by a user now. */
export function naiveObstacles(
  state: NaiveState,
  slot: TrueSlot,
  { user, longestMs }: Pick<NaivePolicy, 'user' | 'longestMs'>,
): Set<string> {
  const codes = new Set<string>();
  for (const lease of state.leases) {
    for (const taken of lease.slots) {
      if (!clash(taken, slot)) continue;
      if (lease.state === 'lost') codes.add('lost');
      else codes.add(taken.uuid === slot.uuid ? 'leased' : 'shares-memory');
    }
  }
  for (const other of state.world.slots) {
    if (clash(other, slot) && state.busy.has(other.uuid)) codes.add('busy');
  }
  const health = state.health.get(slot.deviceUuid);
  if (health !== undefined) codes.add(health === 'unknown' ? 'health-unknown' : 'unhealthy');
  for (let step = 0; step <= lastStep; step += 1) {
    if (step > 0 && step * stepMs >= (longestMs === undefined ? 0 : (longestMs ?? Infinity))) break;
    if (step > 0 && state.reservedLater.size === 0) break;
    const users = reservedAt(state, slot, step);
    if (users.length === 0 || users.includes(user)) continue;
    codes.add(step === 0 ? 'reserved-for-other' : 'reserved-soon');
    break;
  }
  return codes;
}

/** Reasons, by code, why a slot isn't what was asked for. */
export function naiveMismatches(
  slot: TrueSlot,
  request: GpuRequest,
  allowFullGpu: boolean,
): Set<string> {
  const codes = new Set<string>();
  if (request.kind === 'none') return codes.add('not-requested');
  if (request.kind === 'exact') {
    if (!request.uuids.some((uuid) => uuid === slot.uuid)) return codes.add('not-requested');
  } else if (request.model !== undefined && !slot.model.split(/[ -]/).includes(request.model)) {
    codes.add('wrong-model');
  }
  if (request.kind === 'whole' && !slot.whole) codes.add('not-a-whole-gpu');
  if (request.kind === 'mig' && slot.profile !== request.profile) codes.add('wrong-profile');
  if ((request.kind === 'any' || request.kind === 'whole') && request.minMemoryBytes) {
    if (slot.memoryBytes === null) codes.add('memory-unknown');
    else if (slot.memoryBytes < request.minMemoryBytes) codes.add('too-little-memory');
  }
  if (request.kind !== 'mig' && slot.whole && !allowFullGpu) codes.add('full-gpu-not-allowed');
  return codes;
}

/** 28ths that a user holds. */
export function unitsOf(state: NaiveState, user: string): number {
  return sum(state.leases.filter((lease) => lease.user === user).flatMap((lease) => lease.slots));
}

/** The limit that counts, in 28ths. */
export function limitOf(policy: NaivePolicy): number {
  return Math.min(policy.maxUnits ?? Infinity, policy.aggregateUnits ?? Infinity);
}

/** What must come out, worked out the slow way. */
export function expectationOf(
  state: NaiveState,
  request: GpuRequest,
  policy: NaivePolicy,
): Expectation {
  if (request.kind === 'none') return { decision: 'placed' };
  const { slots } = state.world;
  const count = countOf(request);
  const refuse = (code: ErrorCode, retryable = false): Expectation => ({
    decision: 'refused',
    code,
    retryable,
  });
  const isSuitable = (allowFull: boolean) => (slot: TrueSlot) =>
    naiveMismatches(slot, request, allowFull).size === 0;
  const suitable = slots.filter(isSuitable(policy.allowFullGpu));
  const exact = request.kind === 'exact';
  if (request.kind === 'whole' && !policy.allowFullGpu && slots.length > 0) {
    return refuse('gpu.full-not-allowed');
  }
  if (lightest(suitable, count) === undefined) {
    if (lightest(slots.filter(isSuitable(true)), count) !== undefined) {
      return refuse('gpu.full-not-allowed');
    }
    return refuse(exact ? 'gpu.gone' : 'gpu.no-match');
  }
  if (count > (policy.maxSlotsPerContainer ?? Infinity)) return refuse('quota.slots-per-container');
  const quota =
    (policy.aggregateUnits ?? Infinity) < (policy.maxUnits ?? Infinity)
      ? 'quota.aggregate-gpu-exceeded'
      : 'quota.gpu-exceeded';
  const least = lightest(suitable, count) ?? Infinity;
  const left = limitOf(policy) - unitsOf(state, policy.user);
  if (least > limitOf(policy)) return refuse(quota);
  if (least > left) return refuse(quota, true);
  const free = suitable.filter((slot) => naiveObstacles(state, slot, policy).size === 0);
  const possible = lightest(free, count);
  if (possible !== undefined && possible <= left) return { decision: 'placed' };
  const forNow = suitable.filter((slot) =>
    [...naiveObstacles(state, slot, policy)].every((code) => code === 'reserved-soon'),
  );
  const short = lightest(forNow, count);
  if (short !== undefined && short <= left) return refuse('gpu.reserved', true);
  return refuse(exact ? 'gpu.gone' : 'gpu.none-free', true);
}

/** How many slots a request takes. */
export function countOf(request: GpuRequest): number {
  if (request.kind === 'none') return 0;
  if (request.kind === 'any') return 1;
  return request.kind === 'exact' ? new Set(request.uuids).size : request.count;
}

/** Least weight of so many slots on silicon of their own; `undefined` when there aren't as many. */
function lightest(slots: readonly TrueSlot[], count: number): number | undefined {
  const perSilicon = new Map<string, number>();
  for (const { silicon, units } of slots) {
    perSilicon.set(silicon, Math.min(perSilicon.get(silicon) ?? unitsPerGpu, units));
  }
  const weights = [...perSilicon.values()].sort((a, b) => a - b);
  if (weights.length < count) return undefined;
  return weights.slice(0, count).reduce((total, weight) => total + weight, 0);
}

function sum(slots: readonly TrueSlot[]): number {
  return slots.reduce((total, slot) => total + slot.units, 0);
}
