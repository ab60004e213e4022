import { explain } from './explain.ts';
import { holdSteps } from './hold-rules.ts';
import { applyIdleRule, nextSampleAt, type RuleResult } from './idle-rule.ts';
import { remember } from './remember.ts';
import { applyRuntimeRule } from './runtime-rule.ts';
import type {
  Evaluated,
  Evaluation,
  LifecycleAction,
  LifecycleExplanation,
  LifecycleMemory,
  Moment,
} from './types.ts';

/** After a stop's grace, or at once for anything else: until an action is asked for again. */
const askAgainMs = 30_000;

/**
 * What is to be done with a container at `nowMs`, when to look again, and why. Promises:
 *
 * - no stop without a last warning a whole lead before it, and none before what a warning promised;
 * - at most one step of a rule in one evaluation, and nothing new when evaluated twice;
 * - time of which nothing is known counts neither for nor against the container;
 * - an action that stays without effect is asked for again after a while, and not before.
 *
 * Never throws and never refuses: what is missing counts in favour of the container.
 */
export function evaluate(evaluation: Evaluation): Evaluated {
  const { actions, memory, nextAtMs } = decide(evaluation);
  const sampleAtMs = nextSampleAt(evaluation, memory);
  const dueAtMs = earliest([nextAtMs, sampleAtMs]);
  const remembered = { ...memory, dueAtMs };
  let explanation: LifecycleExplanation | undefined;
  return {
    actions,
    memory: remembered,
    nextAtMs: dueAtMs,
    sampleAtMs,
    // Most evaluations are of no interest to anybody: its sentences are made when they are read.
    get explanation() {
      explanation ??= explain(evaluation, remembered);
      return explanation;
    },
  };
}

/** What {@link evaluate} does but for samples: `nextAtMs` is when a rule has something next. */
export function decide(evaluation: Evaluation): RuleResult {
  const known = remember(evaluation);
  if (!known.heldBack) return act(evaluation, known);
  return { actions: [], memory: known, nextAtMs: evaluation.situation.pausedUntilMs };
}

function act(evaluation: Evaluation, known: LifecycleMemory): RuleResult {
  const idle = applyIdleRule(evaluation, known);
  const runtime = applyRuntimeRule(evaluation, idle.memory);
  const holds = holdSteps(evaluation);
  const due = holds.find(({ atMs }) => atMs <= evaluation.nowMs);
  const ahead = holds.filter(({ atMs }) => atMs > evaluation.nowMs).map(({ atMs }) => atMs);
  const decided = [...idle.actions, ...runtime.actions];
  const stop = decided.find(({ kind }) => kind === 'stop');
  const final = due?.action ?? stop;
  const nextAtMs = earliest([idle.nextAtMs, runtime.nextAtMs, ...ahead]);
  if (final === undefined) return { actions: decided, memory: runtime.memory, nextAtMs };
  return askFor(final, evaluation, { actions: decided, memory: runtime.memory, nextAtMs });
}

/** Asks for what ends something, once in a while. */
function askFor(
  action: LifecycleAction,
  { nowMs }: Evaluation,
  { actions, memory, nextAtMs }: RuleResult,
): RuleResult {
  const what = action.kind;
  const others = actions.filter(({ kind }) => kind !== 'stop');
  const waitMs = askAgainMs + (action.kind === 'stop' ? action.graceMs : 0);
  const { asked } = memory;
  if (asked?.what === what && nowMs < asked.atMs + waitMs) {
    return { actions: others, memory, nextAtMs: earliest([nextAtMs, asked.atMs + waitMs]) };
  }
  return {
    actions: [...others, action],
    memory: { ...memory, asked: { what, atMs: nowMs } },
    nextAtMs: earliest([nextAtMs, nowMs + waitMs]),
  };
}

function earliest(moments: readonly (Moment | null)[]): Moment | null {
  const known = moments.filter((moment) => moment !== null);
  return known.length === 0 ? null : Math.min(...known);
}
