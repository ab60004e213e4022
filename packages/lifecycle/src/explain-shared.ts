import { formatDuration } from '@ds01/contracts';
import type { LifecycleRule, RuleLimit } from '@ds01/contracts/lifecycle';
import type { TimedSchedule } from './timed-rule.ts';
import type { Evaluation, GivenWarning, RuleForecast } from './types.ts';

/** A rule that won't act as things stand. */
export function notNow(parts: {
  readonly rule: LifecycleRule;
  readonly limit: RuleLimit;
  readonly message: string;
}): RuleForecast {
  return { ...parts, applies: false, actsAtMs: null, warnings: [], postponedBy: [] };
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
