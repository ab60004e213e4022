import { formatDuration } from '@ds01/contracts';
import type { LifecycleRule, RuleLimit } from '@ds01/contracts/lifecycle';
import { putOff, scheduleOf, type TimedRule, type TimedSchedule } from './timed-rule.ts';
import type { Evaluation, GivenWarning, RuleForecast } from './types.ts';

/** A rule that won't act as things stand. */
export function notNow(parts: {
  readonly rule: LifecycleRule;
  readonly limit: RuleLimit;
  readonly message: string;
}): RuleForecast {
  return { ...parts, applies: false, actsAtMs: null, warnings: [], postponedBy: [] };
}

/**
 * When a rule acts by {@link scheduleOf}, and not before the rules act again: what was promised is put off by
 * the rest of their pause, and what falls into it is due at its end.
 */
export function scheduleAhead(
  timing: TimedRule,
  { situation, nowMs }: Pick<Evaluation, 'situation' | 'nowMs'>,
): TimedSchedule {
  const fromMs = Math.max(nowMs, situation.pausedUntilMs ?? nowMs);
  const given = putOff(timing.given, fromMs - nowMs);
  const { firstWarningAtMs, lastWarningAtMs, stopAtMs } = scheduleOf({ ...timing, given }, fromMs);
  const ahead = (atMs: number | null): number | null =>
    atMs === null ? null : Math.max(atMs, fromMs);
  return {
    firstWarningAtMs: ahead(firstWarningAtMs),
    lastWarningAtMs: ahead(lastWarningAtMs),
    stopAtMs: Math.max(stopAtMs, fromMs),
  };
}

/** Warnings given and to come. */
export function warningsOf(
  schedule: TimedSchedule,
  given: GivenWarning | null,
): RuleForecast['warnings'] {
  const { firstWarningAtMs, lastWarningAtMs } = schedule;
  const toCome = [firstWarningAtMs, lastWarningAtMs].filter((atMs) => atMs !== null);
  return [
    ...(given === null ? [] : [{ atMs: given.atMs, given: true }]),
    ...toCome.map((atMs) => ({ atMs, given: false })),
  ];
}

/** What to say when an administrator paused the rules; empty otherwise. */
export function pausedNote({ situation, nowMs }: Evaluation): string {
  const leftMs = (situation.pausedUntilMs ?? nowMs) - nowMs;
  if (leftMs <= 0) return '';
  return ` An administrator paused the rules for another ${formatDuration(leftMs)}.`;
}
