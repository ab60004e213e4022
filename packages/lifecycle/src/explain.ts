import { forecastHold } from './explain-holds.ts';
import { forecastIdle } from './explain-idle.ts';
import { forecastRuntime } from './explain-runtime.ts';
import { explainSignals } from './explain-signals.ts';
import type { Evaluation, LifecycleExplanation, LifecycleMemory, RuleForecast } from './types.ts';

/**
 * Why things are as they are, for the person whose container it is: each signal, each rule, and what
 * comes next. Sentences say spans ("17m are left"); moments are fields, for the caller to convert.
 */
export function explain(evaluation: Evaluation, memory: LifecycleMemory): LifecycleExplanation {
  const holds = (['gpu-hold', 'container-hold', 'never-started'] as const).map((rule) =>
    forecastHold(rule, evaluation),
  );
  const idle = forecastIdle(evaluation, memory);
  const rules = [idle, forecastRuntime(evaluation, memory), ...holds];
  return {
    exemption: exemptionOf(evaluation),
    signals: explainSignals(evaluation, memory),
    rules,
    next: nextOf(rules),
  };
}

/**
 * Why no rule acts on a container; `null` when rules do. A container that runs without a GPU is exempt
 * from all of them.
 */
export function exemptionOf({ container }: Evaluation): string | null {
  if (container.exempt === 'protected') {
    return 'An administrator protects it: no rule stops or removes it.';
  }
  if (container.exempt === 'monitoring') {
    return 'It belongs to the monitoring of this server: no rule stops or removes it.';
  }
  if (container.holdsGpu) return null;
  if (container.state === 'running' || container.state === 'paused') {
    return 'It has no GPU: it may run for as long as it likes.';
  }
  if (container.managed || container.isJob) return null;
  return 'It has no GPU and was not made with DS01: no rule touches it.';
}

function nextOf(rules: readonly RuleForecast[]): LifecycleExplanation['next'] {
  let next: LifecycleExplanation['next'] = null;
  for (const { rule, actsAtMs, message, promised } of rules) {
    if (actsAtMs === null || (next !== null && next.atMs <= actsAtMs)) continue;
    next = { rule, atMs: actsAtMs, message, ...(promised === undefined ? {} : { promised }) };
  }
  return next;
}
