import { formatDuration } from '@ds01/contracts';
import { idleTiming, isMeasured } from './idle-rule.ts';
import { notNow, pausedNote, scheduleAhead, warningsOf } from './explain-shared.ts';
import type { TimedRule } from './timed-rule.ts';
import type { Evaluation, LifecycleMemory, Moment, RuleForecast } from './types.ts';
import { useOfWindow } from './window.ts';

/** What is proposed to type, where the site allows as much. */
const usualKeepMs = 2 * 3_600_000;

/** What the idle rule will do, and what postpones it. */
export function forecastIdle(evaluation: Evaluation, memory: LifecycleMemory): RuleForecast {
  const { limits, situation } = evaluation;
  const limit = limits.origins.idle;
  const timing = idleTiming(evaluation, memory);
  const refused = (message: string): RuleForecast => notNow({ rule: 'idle', limit, message });
  if (timing === null) return refused(whyNot(evaluation));
  if (situation.exemptions.idle !== null) {
    return refused(`It is told when it is idle, but not stopped: ${situation.exemptions.idle}`);
  }
  const schedule = scheduleAhead(timing, evaluation);
  const actsAtMs = schedule.stopAtMs;
  const isBusy = isActive(memory, evaluation.policy);
  return {
    rule: 'idle',
    applies: true,
    limit,
    actsAtMs: isBusy ? null : actsAtMs,
    warnings: isBusy ? [] : warningsOf(schedule, memory.idleWarning),
    message: message(evaluation, memory, { timing, actsAtMs }) + pausedNote(evaluation),
    postponedBy: postponements(evaluation),
  };
}

function whyNot(evaluation: Evaluation): string {
  const { container, limits } = evaluation;
  if (container.exempt !== null) return 'It is exempt from every rule.';
  if (!container.holdsGpu) return 'It has no GPU: it may be idle for as long as it likes.';
  if (limits.idleTimeoutMs === null) return 'No idle timeout applies to it.';
  return isMeasured(evaluation) ? '' : 'It does not run: nothing is measured.';
}

function message(
  { limits, policy, situation, nowMs }: Evaluation,
  memory: LifecycleMemory,
  at: { readonly timing: TimedRule; readonly actsAtMs: Moment },
): string {
  const limit = formatDuration(at.timing.limitMs);
  const demand =
    situation.highDemand && limits.idleTimeoutMs !== at.timing.limitMs
      ? `, ${formatDuration(limits.idleTimeoutMs ?? 0)} outside high demand`
      : '';
  const rule = `It is stopped after ${limit} without activity${demand}`;
  const left = `${formatDuration(at.actsAtMs - nowMs)} are left`;
  const idleForMs = nowMs - memory.idleSinceMs;
  if (idleForMs < 0) {
    return `${rule}; the first ${formatDuration(policy.gracePeriodMs)} after a start do not count. ${left}.`;
  }
  const keptMs = (memory.keepAlive?.untilMs ?? nowMs) - nowMs;
  const kept = keptMs > 0 ? ` A keep-alive holds that off for ${formatDuration(keptMs)}.` : '';
  if (isActive(memory, policy))
    return `${rule}; it is active now, so that begins when it is idle.${kept}`;
  return `${rule}; it has been idle for ${formatDuration(idleForMs)}, ${left}.${kept}`;
}

function isActive(memory: LifecycleMemory, policy: Evaluation['policy']): boolean {
  return memory.samples.length > 0 && useOfWindow(memory.samples, policy).verdict === 'active';
}

function postponements({ policy }: Evaluation): string[] {
  const most = policy.keepAliveMaxMs;
  const longest = most === null ? '' : ` It counts for ${formatDuration(most)} at most.`;
  const usual = spanToType(Math.min(usualKeepMs, most ?? Infinity));
  return [
    `Work on the GPU (${policy.gpuIdlePercent} % on average or more) or on the CPU (more than ${policy.cpuIdlePercent} %), traffic, or something typed in a terminal of it.`,
    ...(most === 0
      ? []
      : [
          `\`ds01 container keep NAME --for ${usual}\``,
          `\`touch /workspace/.keep-alive\` in it.${longest}`,
        ]),
  ];
}

/** A span in one word, as flags take it, and never more than it is from a minute on. */
function spanToType(spanMs: number): string {
  const minutes = Math.max(1, Math.floor(spanMs / 60_000));
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`;
}
