import { cadenceOf, idleTimeoutNow } from './cadence.ts';
import { leadOf, nextStepAt, scheduleOf, stepOf, type TimedRule } from './timed-rule.ts';
import type { Evaluation, LifecycleAction, LifecycleMemory, Moment } from './types.ts';
import { useOfWindow } from './window.ts';

/** Shares of the idle timeout after which it warns. */
const firstShare = 0.8;
const lastShare = 0.95;

/** How long a step that is due waits for a sample of its own moment. */
const samplePatienceMs = 1500;
/** Earliest next attempt where a sample was asked for and none came. */
const againMs = 1000;

/** What a rule found: what is to be done, what is remembered then, and when it looks again. */
export interface RuleResult {
  readonly actions: readonly LifecycleAction[];
  readonly memory: LifecycleMemory;
  readonly nextAtMs: Moment | null;
}

/** Whether idleness is measured: it runs, frozen or not, has a GPU, and isn't exempt from all rules. */
export function isMeasured({ container, limits }: Evaluation): boolean {
  return (
    (container.state === 'running' || container.state === 'paused') &&
    container.holdsGpu &&
    container.exempt === null &&
    limits.idleTimeoutMs !== null
  );
}

/** The idle rule with its present deadline; `null` where there is none. */
export function idleTiming(evaluation: Evaluation, memory: LifecycleMemory): TimedRule | null {
  const { limits, policy, situation } = evaluation;
  if (limits.idleTimeoutMs === null || !isMeasured(evaluation)) return null;
  const limitMs = idleTimeoutNow(limits.idleTimeoutMs, policy, situation);
  const idleDeadlineMs = memory.idleSinceMs + limitMs;
  return {
    deadlineMs: Math.max(idleDeadlineMs, memory.keepAlive?.untilMs ?? idleDeadlineMs),
    limitMs,
    leadMs: leadOf(limitMs, policy.warningLeadMs),
    firstShare,
    lastShare,
    given: memory.idleWarning,
  };
}

/** Warns, tells the exempt, and stops what is idle. */
export function applyIdleRule(evaluation: Evaluation, known: LifecycleMemory): RuleResult {
  const before = evaluation.memory;
  const isActiveAgain = known.lastActiveAtMs !== (before?.lastActiveAtMs ?? null);
  const noticed = isActiveAgain ? known.noticed.filter((rule) => rule !== 'idle') : known.noticed;
  const taken = takeBack(evaluation, { ...known, noticed }, isActiveAgain);
  const timing = idleTiming(evaluation, taken.memory);
  if (timing === null) return { ...taken, nextAtMs: null };
  if (evaluation.situation.exemptions.idle !== null) {
    return tellExempt(evaluation, taken, timing);
  }
  const dueAtMs = nextStepAt(scheduleOf(timing, evaluation.nowMs));
  if (!isConfirmed(evaluation, taken.memory, dueAtMs)) {
    // A window that isn't whole yet is no nearer to that before its next sample.
    const isShort = taken.memory.samples.length < evaluation.policy.windowSamples;
    const waitMs = isShort ? cadenceOf(timing.limitMs) : againMs;
    return { ...taken, nextAtMs: Math.max(dueAtMs, evaluation.nowMs + waitMs) };
  }
  return takeStep(evaluation, taken, timing);
}

function takeStep(
  { nowMs, situation, limits }: Evaluation,
  taken: Omit<RuleResult, 'nextAtMs'>,
  timing: TimedRule,
): RuleResult {
  const step = stepOf(timing, nowMs);
  const { idleSinceMs, ranForMs } = taken.memory;
  if (step === null) return { ...taken, nextAtMs: nextStepAt(scheduleOf(timing, nowMs)) };
  const { highDemand } = situation;
  const rule = 'idle' as const;
  if (step.kind === 'stop') {
    const graceMs = limits.stopGraceMs;
    const stop = { kind: 'stop', rule, graceMs, idleSinceMs, ranForMs } as const;
    return { ...taken, actions: [...taken.actions, stop], nextAtMs: null };
  }
  const given = { step: step.step, atMs: nowMs, stopsAtMs: step.stopsAtMs };
  return {
    actions: [...taken.actions, { ...step, rule, highDemand }],
    memory: { ...taken.memory, idleWarning: given },
    nextAtMs: nextStepAt(scheduleOf({ ...timing, given }, nowMs)),
  };
}

/** Takes a warning back when it doesn't hold any more: its container is active, or has more time. */
function takeBack(
  evaluation: Evaluation,
  memory: LifecycleMemory,
  isActiveAgain: boolean,
): Omit<RuleResult, 'nextAtMs'> {
  const given = memory.idleWarning;
  if (given === null) return { actions: [], memory };
  const timing = idleTiming(evaluation, memory);
  const isExempt = evaluation.situation.exemptions.idle !== null;
  const laterMs = timing === null || isExempt ? Infinity : timing.deadlineMs - given.stopsAtMs;
  const keptMs = (memory.keepAlive?.untilMs ?? given.stopsAtMs) - given.stopsAtMs;
  const isKept = keptMs > againMs;
  if (laterMs <= 0 || !(isActiveAgain || isKept || laterMs > (timing?.leadMs ?? 0))) {
    return { actions: [], memory };
  }
  const signal = isActiveAgain ? memory.lastActiveBy : isKept ? 'keep-alive' : null;
  return {
    actions: [{ kind: 'resumed', rule: 'idle', signal }],
    memory: { ...memory, idleWarning: null },
  };
}

/** A step needs a whole window that is idle, up to the moment in which it is due. */
function isConfirmed(
  { policy, nowMs }: Evaluation,
  { samples }: LifecycleMemory,
  dueAtMs: Moment,
): boolean {
  const newest = samples.at(-1);
  if (newest === undefined || samples.length < policy.windowSamples) return false;
  if (newest.atMs < dueAtMs && nowMs < dueAtMs + samplePatienceMs) return false;
  return useOfWindow(samples, policy).verdict === 'idle';
}

function tellExempt(
  evaluation: Evaluation,
  taken: Omit<RuleResult, 'nextAtMs'>,
  timing: TimedRule,
): RuleResult {
  const { memory, actions } = taken;
  const exemption = evaluation.situation.exemptions.idle ?? '';
  if (memory.noticed.includes('idle')) return { ...taken, nextAtMs: null };
  const tellAtMs = timing.deadlineMs - (1 - firstShare) * timing.limitMs;
  if (evaluation.nowMs < tellAtMs || !isConfirmed(evaluation, memory, tellAtMs)) {
    return { ...taken, nextAtMs: Math.max(tellAtMs, evaluation.nowMs + againMs) };
  }
  return {
    actions: [...actions, { kind: 'notice', rule: 'idle', exemption }],
    memory: { ...memory, noticed: [...memory.noticed, 'idle'] },
    nextAtMs: null,
  };
}

/**
 * When a container is to be measured next: in its cadence, and when a step is due; `null` where nothing
 * depends on it.
 */
export function nextSampleAt(evaluation: Evaluation, memory: LifecycleMemory): Moment | null {
  const { situation, nowMs } = evaluation;
  const timing = idleTiming(evaluation, memory);
  if (timing === null) return null;
  const newest = memory.samples.at(-1);
  if (newest === undefined) return evaluation.memory === null ? nowMs : nowMs + againMs;
  const acts = situation.exemptions.idle === null && !memory.heldBack;
  const stepAtMs = acts ? nextStepAt(scheduleOf(timing, nowMs)) : Infinity;
  const isLate = stepAtMs <= newest.atMs;
  const dueAtMs = newest.atMs + cadenceOf(timing.limitMs);
  return Math.max(nowMs, isLate ? dueAtMs : Math.min(dueAtMs, stepAtMs));
}
