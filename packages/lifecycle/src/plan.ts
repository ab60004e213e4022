import type { LifecycleRule } from '@ds01/contracts/lifecycle';
import { describeAction, ruleOfAction } from './describe-action.ts';
import { decide } from './evaluate.ts';
import type { RuleResult } from './idle-rule.ts';
import type {
  Evaluation,
  LifecycleAction,
  LifecycleContainer,
  LifecycleMemory,
  Moment,
} from './types.ts';
import { useOfWindow } from './window.ts';

/** Something that would happen to a container. */
export interface PlannedStep {
  readonly atMs: Moment;
  readonly rule: LifecycleRule;
  readonly action: Exclude<LifecycleAction, { readonly kind: 'resumed' }>;
  /** In a sentence, see `describeAction`. */
  readonly message: string;
}

/** A container has a handful of steps; whatever asks for more would never end. */
const mostSteps = 50;

/**
 * What would happen to a container from `nowMs` until `untilMs` if nothing changed: what is active
 * stays active, what is idle stays idle, nobody starts or stops anything, and every action succeeds.
 * Oldest first; nothing is done.
 */
export function planLifecycle(evaluation: Evaluation, untilMs: Moment): readonly PlannedStep[] {
  const steps: PlannedStep[] = [];
  let present: Evaluation | null = evaluation;
  for (let count = 0; present !== null && count < mostSteps; count += 1) {
    const { actions, memory, nextAtMs } = decide(present);
    steps.push(...stepsOf(actions, present));
    present = nextOf(present, { actions, memory, nextAtMs }, untilMs);
  }
  return steps;
}

function stepsOf(
  actions: readonly LifecycleAction[],
  { limits, nowMs }: Evaluation,
): PlannedStep[] {
  return actions
    .filter((action) => action.kind !== 'resumed')
    .map((action) => ({
      atMs: nowMs,
      rule: ruleOfAction(action),
      action,
      message: describeAction(action, { limits, nowMs }),
    }));
}

/** The next moment that matters; `null` when there is none until `untilMs`. */
function nextOf(
  present: Evaluation,
  { actions, memory, nextAtMs }: RuleResult,
  untilMs: Moment,
): Evaluation | null {
  const container = afterActions(present.container, actions, present.nowMs);
  if (container === null) return null;
  const atMs = container === present.container ? (nextAtMs ?? Infinity) : present.nowMs;
  return atMs > untilMs ? null : unchangedUntil(atMs, { ...present, container }, memory);
}

/** The container as actions leave it; `null` once it is removed. */
function afterActions(
  container: LifecycleContainer,
  actions: readonly LifecycleAction[],
  nowMs: Moment,
): LifecycleContainer | null {
  let after: LifecycleContainer = container;
  for (const { kind } of actions) {
    if (kind === 'remove') return null;
    if (kind === 'release-gpu') after = { ...after, holdsGpu: false };
    if (kind === 'stop')
      after = { ...after, state: 'stopped', startedAtMs: null, stoppedAtMs: nowMs };
  }
  return after;
}

/** The next moment in which a rule has something, with everything as it was before. */
function unchangedUntil(atMs: Moment, evaluation: Evaluation, memory: LifecycleMemory): Evaluation {
  const { policy, limits } = evaluation;
  const isIdle = useOfWindow(memory.samples, policy).verdict === 'idle';
  const newest = memory.samples.at(-1);
  const missing = Math.max(0, policy.windowSamples - memory.samples.length);
  const samples =
    newest === undefined
      ? []
      : [
          ...Array.from({ length: missing }, () => newest),
          ...memory.samples.slice(0, -1),
          { ...newest, atMs },
        ];
  return {
    ...evaluation,
    nowMs: atMs,
    samples: [],
    limits: isIdle ? limits : { ...limits, idleTimeoutMs: null },
    memory: { ...memory, samples, evidenceAtMs: atMs, dueAtMs: atMs },
  };
}
