import type { GpuInventory, Lease } from '@ds01/contracts';
import {
  evaluate,
  lifecyclePolicyOf,
  type ActivitySample,
  type Evaluated,
  type Evaluation,
  type LifecycleContainer,
  type LifecycleLimits,
  type Moment,
  type PromisedTo,
} from '@ds01/lifecycle';
import type { ActivityReading, HostProcesses, SlotUtilization } from '@ds01/ports';
import type { CurrentPolicy } from '../../policy.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import { datesOf, lifecycleContainerOf, type Dates } from './container-view.ts';
import { countersOf, isOtherRun, sampleBetween } from './measure.ts';
import type { Counters, Remembered } from './remembered.ts';
import { exemptionsOf, limitsOf, policyOfOwner } from './rule-policy.ts';
import { slotSamples } from './slot-samples.ts';
import type { SteadyNow } from './steady-clock.ts';
import type { Wish } from '../asking/wish.ts';

/** What is the same for all containers in one pass. */
export interface PassWorld {
  readonly now: SteadyNow;
  readonly policy: CurrentPolicy;
  readonly inventory: GpuInventory | null;
  /** Use of slots where another source than the driver's tool knows it. */
  readonly utilization: readonly SlotUtilization[] | null;
  readonly processes: HostProcesses;
  readonly highDemand: boolean;
  /** Until then no rule acts; `null` when they do. */
  readonly pausedUntilMs: Moment | null;
  /** Of the last pass; `null` before the first. */
  readonly lastPassAtMs: Moment | null;
}

/** One container, and what is known of it. */
export interface Subject {
  readonly container: ObservedContainer;
  readonly lease: Lease | undefined;
  /** When its lease is given back to whom it was promised, and to whom; `null`: it wasn’t. */
  readonly promise: { readonly endsByMs: Moment; readonly endsFor: PromisedTo } | null;
  readonly before: Remembered | null;
  readonly wish: Wish;
  readonly reading: ActivityReading | null;
  /** What the file in its workspace postpones; `null` without, or while nobody looked. */
  readonly keepFileUntilMs: Moment | null;
}

/** A container under the rules, now. */
export interface Assessed {
  readonly subject: Subject;
  readonly view: LifecycleContainer;
  readonly limits: LifecycleLimits;
  readonly evaluation: Evaluation;
  readonly evaluated: Evaluated;
  /** To be kept. */
  readonly remembered: Remembered;
}

/** Shortest time that a sample tells anything of: counters go by the kernel's ticks. */
const leastSampleMs = 20;

/** Applies the rules to one container; nothing changes. */
export function assess(world: PassWorld, subject: Subject): Assessed {
  const { now, policy } = world;
  const { container, lease, before, wish } = subject;
  const { record } = container;
  const dates = datesOf(container, { before, lastPassAtMs: world.lastPassAtMs, now });
  const view = lifecycleContainerOf(container, dates, lease);
  const limits = limitsOf(policy, record);
  const { counters, samples } = measured(world, subject, dates);
  const evaluation: Evaluation = {
    container: view,
    samples,
    limits,
    policy: lifecyclePolicyOf(policyOfOwner(policy, record).resolved, policy.settings),
    situation: {
      highDemand: world.highDemand,
      exemptions: exemptionsOf(policy, record.user, now.wallMs),
      extensionMs: wish.extensionMs,
      ...subject.promise,
      keepAliveUntilMs: later(wish.keepUntilMs, subject.keepFileUntilMs),
      pausedUntilMs: world.pausedUntilMs,
    },
    memory: before?.memory ?? null,
    nowMs: now.nowMs,
  };
  const evaluated = evaluate(evaluation);
  const remembered: Remembered = {
    ...dates,
    memory: evaluated.memory,
    counters,
    wasAlive: isAlive(container.state),
    nextAtMs: evaluated.nextAtMs,
    sampleAtMs: evaluated.sampleAtMs,
  };
  return { subject, view, limits, evaluation, evaluated, remembered };
}

/** The newest counters, and a sample when one is due. */
function measured(
  { now, inventory, utilization, processes }: PassWorld,
  { before, reading, container, lease }: Subject,
  dates: Dates,
): { readonly counters: Counters | null; readonly samples: readonly ActivitySample[] } {
  if (!isAlive(container.state)) return { counters: null, samples: [] };
  const known = before?.counters ?? null;
  const after = reading === null ? unmeasured(now) : countersOf(reading, known, now);
  const isSameRun = before?.startedAt?.wallMs === dates.startedAt?.wallMs;
  if (known === null || !isSameRun || isOtherRun(known, after)) {
    return { counters: after, samples: [] };
  }
  if (!isDue(before, after, now) || after.atMs - known.atMs < leastSampleMs) {
    return { counters: known, samples: [] };
  }
  const containerId = container.record.id;
  const use = { containerId, slots: lease?.slots ?? [], inventory, utilization, processes };
  const slots = slotSamples(use);
  return { counters: after, samples: [sampleBetween(known, after, slots)] };
}

/** A little early is due, too, so that those who are due about now are measured together. */
function isDue(before: Remembered | null, after: Counters, now: SteadyNow): boolean {
  if (before === null || before.counters === null) return true;
  const { nextAtMs, sampleAtMs, counters } = before;
  if (nextAtMs !== null && nextAtMs <= now.nowMs) return true;
  if (sampleAtMs === null) return false;
  const earlyMs = (sampleAtMs - counters.atMs) / 10;
  return after.atMs >= sampleAtMs - earlyMs;
}

function unmeasured(now: SteadyNow): Counters {
  return {
    atMs: now.nowMs,
    cpuTimeMs: null,
    networkBytes: null,
    inputWallMs: null,
    inputAtMs: null,
  };
}

function later(left: Moment | null, right: Moment | null): Moment | null {
  if (left === null) return right;
  return right === null ? left : Math.max(left, right);
}
