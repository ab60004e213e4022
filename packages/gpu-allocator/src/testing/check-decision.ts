import { expect } from 'vitest';
import {
  usernameSchema,
  type GpuRequest,
  type PlacementCandidate,
  type PlacementDecision,
  type PlacementStrategy,
  type Slot,
} from '@ds01/contracts';
import { allocate } from '../allocate.ts';
import { unitsPerGpu } from './boards.ts';
import { policyOf } from './build.ts';
import { currentSnapshot, type Real } from './moment.ts';
import {
  clash,
  countOf,
  expectationOf,
  limitOf,
  naiveMismatches,
  naiveObstacles,
  unitsOf,
  type NaivePolicy,
  type NaiveState,
} from './naive-model.ts';
import type { TrueSlot } from './worlds.ts';

/** Slots of one placement, as decided and as they truly are. */
export interface Taken {
  readonly real: readonly Slot[];
  readonly naive: readonly TrueSlot[];
}

const strategies: readonly PlacementStrategy[] = ['packed', 'distributed', 'topology'];

/** Asks the allocator, checks all of the answer against the model, returns what was placed. */
export function checkDecision(
  model: NaiveState,
  real: Real,
  request: GpuRequest,
  policy: NaivePolicy,
): Taken | undefined {
  const strategy = strategies[real.nextNumber % strategies.length] ?? 'packed';
  const asked = policyOf({
    user: usernameSchema.parse(policy.user),
    strategy,
    maxGpuEquivalents: gpusOf(policy.maxUnits),
    aggregateGpuLimit: gpusOf(policy.aggregateUnits),
    maxSlotsPerContainer: policy.maxSlotsPerContainer,
    allowFullGpu: policy.allowFullGpu,
    ...(policy.longestMs === undefined ? {} : { longestMs: policy.longestMs }),
  });
  const decision = allocate(currentSnapshot(model, real), request, asked);
  expect(allocate(currentSnapshot(model, real, true), request, asked)).toEqual(decision);
  const { candidates, reason } = decision;
  expect(candidates.map((candidate) => candidate.slot)).toEqual(
    model.world.slots.map((slot) => slot.id),
  );
  expect(reason).toMatch(/^[A-Z0-9].*\.$/);
  const expected = expectationOf(model, request, policy);
  if (decision.decision === 'refused') {
    const { code, retryable } = decision;
    expect({ decision: 'refused', code, retryable }).toEqual(expected);
  } else {
    expect(expected).toEqual({ decision: 'placed' });
  }
  const naive = chosenSlots(model, decision);
  for (const [place, candidate] of candidates.entries()) {
    const slot = model.world.slots[place];
    if (slot !== undefined) checkReasons({ model, request, policy, naive }, slot, candidate);
  }
  if (decision.decision === 'refused') return undefined;
  expect(naive).toHaveLength(countOf(request));
  if (request.kind === 'any') checkLargest(model, request, policy, naive[0]);
  return { real: decision.slots, naive };
}

interface Context {
  readonly model: NaiveState;
  readonly request: GpuRequest;
  readonly policy: NaivePolicy;
  readonly naive: readonly TrueSlot[];
}

/** Every reason is true and none is missing. */
function checkReasons(context: Context, slot: TrueSlot, candidate: PlacementCandidate): void {
  const { model, request, policy, naive } = context;
  const codes = candidate.reasons.map((reason): string => reason.code);
  const mismatches = naiveMismatches(slot, request, policy.allowFullGpu);
  const truth = new Set([...mismatches, ...naiveObstacles(model, slot, policy)]);
  if (truth.size > 0) {
    expect(candidate.accepted).toBe(false);
    expect(new Set(codes)).toEqual(truth);
    return;
  }
  expect(codes).toHaveLength(1);
  expect(candidate.accepted).toBe(naive.includes(slot));
  if (candidate.accepted) {
    expect(codes).toEqual(['chosen']);
  } else if (naive.some((other) => clash(other, slot))) {
    expect(codes).toEqual(['shares-memory']);
  } else if (slot.units > limitOf(policy) - unitsOf(model, policy.user)) {
    expect(codes).toEqual(['over-quota']);
  } else {
    expect(['not-needed', 'over-quota']).toContain(codes[0]);
  }
}

function checkLargest(
  model: NaiveState,
  request: GpuRequest,
  policy: NaivePolicy,
  chosen: TrueSlot | undefined,
): void {
  const left = limitOf(policy) - unitsOf(model, policy.user);
  const others = model.world.slots.filter(
    (slot) =>
      slot.units <= left &&
      naiveMismatches(slot, request, policy.allowFullGpu).size === 0 &&
      naiveObstacles(model, slot, policy).size === 0,
  );
  const size = (slot: TrueSlot | undefined): number =>
    slot === undefined ? -1 : slot.units * 2 ** 42 + (slot.memoryBytes ?? -1);
  expect(size(chosen)).toBe(Math.max(...others.map(size)));
}

function chosenSlots(model: NaiveState, decision: PlacementDecision): readonly TrueSlot[] {
  const slots = decision.decision === 'placed' ? decision.slots : [];
  return model.world.slots.filter((slot) => slots.some((chosen) => chosen.uuid === slot.uuid));
}

function gpusOf(units: number | null): number | null {
  return units === null ? null : units / unitsPerGpu;
}
