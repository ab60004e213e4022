import type { RuleResult } from './idle-rule.ts';
import { leadOf, nextStepAt, scheduleOf, stepOf, type TimedRule } from './timed-rule.ts';
import type { Evaluation, LifecycleMemory, PromisedTo } from './types.ts';

/** Shares of the maximum runtime after which it warns. */
const firstShare = 0.75;
const lastShare = 0.9;

/** The runtime rule as it is now. */
export interface RuntimeTiming extends TimedRule {
  /** Not its runtime is over first, but its GPU was promised to somebody else; `null`: it wasn’t. */
  readonly promised: PromisedTo | null;
}

/** The runtime rule with its present deadline; `null` where there is none or the clock stands. */
export function runtimeTiming(
  evaluation: Evaluation,
  memory: LifecycleMemory,
): RuntimeTiming | null {
  const { container } = evaluation;
  if (container.state !== 'running' && container.state !== 'paused') return null;
  if (!container.holdsGpu || container.exempt !== null) return null;
  const own = ownTiming(evaluation, memory);
  const promised = promisedTiming(evaluation, memory);
  if (own === null || promised === null) return own ?? promised;
  return promised.deadlineMs < own.deadlineMs ? promised : own;
}

/**
 * No pause, stop or start moves what was promised, nor what a pause put a warning off by. A reservation may
 * be made at any time: then what a warning promised to the container’s owner before comes first.
 */
function promisedTiming(evaluation: Evaluation, memory: LifecycleMemory): RuntimeTiming | null {
  const { container, limits, policy, situation } = evaluation;
  const endsByMs = situation.endsByMs ?? null;
  if (endsByMs === null) return null;
  const deadlineMs = endsByMs - limits.stopGraceMs;
  const limitMs = Math.max(deadlineMs - (container.startedAtMs ?? container.createdAtMs), 1);
  const given = memory.runtimeWarning;
  const promised = situation.endsFor ?? 'request';
  return {
    deadlineMs,
    limitMs,
    leadMs: leadOf(limitMs, policy.warningLeadMs),
    firstShare,
    lastShare,
    given:
      given === null || promised === 'reservation'
        ? given
        : { ...given, stopsAtMs: Math.min(given.stopsAtMs, deadlineMs) },
    promised,
  };
}

function ownTiming(evaluation: Evaluation, memory: LifecycleMemory): RuntimeTiming | null {
  const { container, limits, policy, situation, nowMs } = evaluation;
  if (container.state !== 'running' || limits.maxRuntimeMs === null) return null;
  const limitMs = limits.maxRuntimeMs + situation.extensionMs;
  return {
    deadlineMs: nowMs + limitMs - memory.ranForMs,
    limitMs,
    leadMs: leadOf(limitMs, policy.warningLeadMs),
    firstShare,
    lastShare,
    given: memory.runtimeWarning,
    promised: null,
  };
}

/** Warns, tells the exempt, and stops what ran for too long, all its runs together. */
export function applyRuntimeRule(evaluation: Evaluation, known: LifecycleMemory): RuleResult {
  const { nowMs, limits } = evaluation;
  const timing = runtimeTiming(evaluation, known);
  if (timing === null) return { actions: [], memory: known, nextAtMs: null };
  if (evaluation.situation.exemptions.maxRuntime !== null) {
    return tellExempt(evaluation, known, timing);
  }
  const memory = forgetOldWarning(known, timing);
  const current = { ...timing, given: memory.runtimeWarning === null ? null : timing.given };
  const step = stepOf(current, nowMs);
  if (step === null) {
    return { actions: [], memory, nextAtMs: nextStepAt(scheduleOf(current, nowMs)) };
  }
  const rule = 'max-runtime' as const;
  const why = timing.promised === null ? {} : { promised: timing.promised };
  if (step.kind === 'stop') {
    const { idleSinceMs, ranForMs } = memory;
    const graceMs = limits.stopGraceMs;
    const stop = { kind: 'stop', rule, graceMs, idleSinceMs, ranForMs, ...why } as const;
    return { actions: [stop], memory, nextAtMs: null };
  }
  const given = { step: step.step, atMs: nowMs, stopsAtMs: step.stopsAtMs };
  return {
    actions: [{ ...step, rule, highDemand: evaluation.situation.highDemand, ...why }],
    memory: { ...memory, runtimeWarning: given },
    nextAtMs: nextStepAt(scheduleOf({ ...current, given }, nowMs)),
  };
}

/** After an extension or a pause longer than the lead a warning says nothing true any more. */
function forgetOldWarning(memory: LifecycleMemory, timing: TimedRule): LifecycleMemory {
  const given = memory.runtimeWarning;
  if (given === null || timing.deadlineMs - given.stopsAtMs <= timing.leadMs) return memory;
  return { ...memory, runtimeWarning: null };
}

function tellExempt(
  { nowMs, situation }: Evaluation,
  known: LifecycleMemory,
  timing: TimedRule,
): RuleResult {
  const memory = { ...known, runtimeWarning: null };
  if (memory.noticed.includes('max-runtime')) return { actions: [], memory, nextAtMs: null };
  if (nowMs < timing.deadlineMs) return { actions: [], memory, nextAtMs: timing.deadlineMs };
  const exemption = situation.exemptions.maxRuntime ?? '';
  return {
    actions: [{ kind: 'notice', rule: 'max-runtime', exemption }],
    memory: { ...memory, noticed: [...memory.noticed, 'max-runtime'] },
    nextAtMs: null,
  };
}
