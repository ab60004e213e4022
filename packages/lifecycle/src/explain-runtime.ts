import { formatDuration } from '@ds01/contracts';
import { notNow, pausedNote, scheduleAhead, warningsOf } from './explain-shared.ts';
import { runtimeTiming } from './runtime-rule.ts';
import type { Evaluation, LifecycleMemory, RuleForecast } from './types.ts';

/** What the runtime rule will do. */
export function forecastRuntime(evaluation: Evaluation, memory: LifecycleMemory): RuleForecast {
  const { limits, situation, nowMs } = evaluation;
  const limit = limits.origins['max-runtime'];
  const timing = runtimeTiming(evaluation, memory);
  const refused = (message: string): RuleForecast =>
    notNow({ rule: 'max-runtime', limit, message });
  if (timing === null) return refused(whyNot(evaluation, memory));
  if (situation.exemptions.maxRuntime !== null) {
    return refused(`It may run for longer than others: ${situation.exemptions.maxRuntime}`);
  }
  const schedule = scheduleAhead(timing, evaluation);
  const actsAtMs = schedule.stopAtMs;
  const ran = formatDuration(memory.ranForMs);
  const left = formatDuration(actsAtMs - nowMs);
  if (timing.promised !== null) {
    return {
      rule: 'max-runtime',
      applies: true,
      limit,
      actsAtMs,
      warnings: warningsOf(schedule, memory.runtimeWarning),
      message: `${promises[timing.promised]}: ${left} are left, also when it is paused, or stopped and started again.${pausedNote(evaluation)}`,
      postponedBy: [],
      promised: timing.promised,
    };
  }
  const extended =
    situation.extensionMs > 0 ? ` (${formatDuration(situation.extensionMs)} of it granted)` : '';
  return {
    rule: 'max-runtime',
    applies: true,
    limit,
    actsAtMs,
    warnings: warningsOf(schedule, memory.runtimeWarning),
    message: `It may run for ${formatDuration(timing.limitMs)} in all${extended}; it ran for ${ran}, ${left} are left. A restart does not begin anew.${pausedNote(evaluation)}`,
    postponedBy: [
      '`ds01 container extend NAME --by 4h`',
      'Pausing it stops this clock, but not that of the idle stop.',
    ],
  };
}

const promises = {
  request: 'It was let in before others because its GPU is back in time for a request that waits',
  reservation: 'Its GPU is reserved for somebody else then',
} as const;

function whyNot({ container, limits }: Evaluation, memory: LifecycleMemory): string {
  if (container.exempt !== null) return 'It is exempt from every rule.';
  if (!container.holdsGpu) return 'It has no GPU: it may run for as long as it likes.';
  if (limits.maxRuntimeMs === null) return 'No maximum runtime applies to it.';
  const ran = formatDuration(memory.ranForMs);
  if (container.state === 'paused') return `It is frozen: its clock stands at ${ran}.`;
  return memory.ranForMs === 0
    ? 'It has not run yet.'
    : `It does not run: its clock stands at ${ran}, and goes on with the next start.`;
}
