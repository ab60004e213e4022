import type { GivenWarning, Moment } from './types.ts';

/** Shortest lead, so that a warning is never followed by its stop at once. */
const shortestLeadMs = 1000;

/** A rule that warns twice and then stops. */
export interface TimedRule {
  /** When its limit is used up. */
  readonly deadlineMs: Moment;
  readonly limitMs: number;
  readonly leadMs: number;
  /** Shares of the limit after which it warns; the first one earlier, too, when the lead makes the last so. */
  readonly firstShare: number;
  readonly lastShare: number;
  readonly given: GivenWarning | null;
}

/** When a rule warns and stops; a warning that is given or left out is `null`. */
export interface TimedSchedule {
  readonly firstWarningAtMs: Moment | null;
  readonly lastWarningAtMs: Moment | null;
  readonly stopAtMs: Moment;
}

/** What is due of a rule now. */
export type TimedStep =
  | { readonly kind: 'warn'; readonly step: 1 | 2; readonly stopsAtMs: Moment }
  | { readonly kind: 'stop' }
  | null;

/** Time between the last warning and the stop: the site's, at most a third of the limit. */
export function leadOf(limitMs: number, warningLeadMs: number): number {
  return Math.max(shortestLeadMs, Math.min(warningLeadMs, limitMs / 3));
}

/**
 * When a rule acts as things stand at `nowMs`. No stop comes before what a warning promised, and none
 * without a last warning a whole lead before it.
 */
export function scheduleOf(rule: TimedRule, nowMs: Moment): TimedSchedule {
  const { given, leadMs, limitMs } = rule;
  const promisedMs = Math.max(rule.deadlineMs, given?.stopsAtMs ?? rule.deadlineMs);
  if (given?.step === 2) {
    return { firstWarningAtMs: null, lastWarningAtMs: null, stopAtMs: promisedMs };
  }
  const lastOffsetMs = Math.max(0, Math.min(rule.lastShare * limitMs, limitMs - leadMs));
  const firstOffsetMs = (rule.firstShare / rule.lastShare) * lastOffsetMs;
  const lastWarningAtMs = promisedMs - Math.round(limitMs - lastOffsetMs);
  const firstWarningAtMs = promisedMs - Math.round(limitMs - firstOffsetMs);
  return {
    firstWarningAtMs: given === null && nowMs < lastWarningAtMs ? firstWarningAtMs : null,
    lastWarningAtMs,
    stopAtMs: Math.max(promisedMs, Math.max(nowMs, lastWarningAtMs) + leadMs),
  };
}

/** What is due at `nowMs`: at most one step, so that a stop is never in the moment of its warning. */
export function stepOf(rule: TimedRule, nowMs: Moment): TimedStep {
  const schedule = scheduleOf(rule, nowMs);
  const { firstWarningAtMs, lastWarningAtMs, stopAtMs } = schedule;
  if (lastWarningAtMs === null) return nowMs >= stopAtMs ? { kind: 'stop' } : null;
  if (nowMs >= lastWarningAtMs) return { kind: 'warn', step: 2, stopsAtMs: stopAtMs };
  if (firstWarningAtMs === null || nowMs < firstWarningAtMs) return null;
  return { kind: 'warn', step: 1, stopsAtMs: stopAtMs };
}

/** When {@link stepOf} has something next. */
export function nextStepAt(schedule: TimedSchedule): Moment {
  return schedule.firstWarningAtMs ?? schedule.lastWarningAtMs ?? schedule.stopAtMs;
}

/** A warning whose promise is put off by a time that doesn't count. */
export function putOff(given: GivenWarning | null, byMs: number): GivenWarning | null {
  if (given === null || byMs <= 0) return given;
  return { ...given, stopsAtMs: given.stopsAtMs + byMs };
}
