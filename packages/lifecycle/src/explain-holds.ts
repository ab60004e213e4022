import { formatDuration } from '@ds01/contracts';
import { notNow, pausedNote } from './explain-shared.ts';
import { holdSteps } from './hold-rules.ts';
import type { Evaluation, RuleForecast } from './types.ts';

/** A rule about containers that don't run. */
export type HoldRule = 'gpu-hold' | 'container-hold' | 'never-started';

/** What a rule about containers that don't run will do. */
export function forecastHold(rule: HoldRule, evaluation: Evaluation): RuleForecast {
  const { limits, nowMs, situation } = evaluation;
  const limit = limits.origins[rule];
  const step = holdSteps(evaluation).find(({ action }) => ruleOf(action) === rule);
  if (step === undefined) return notNow({ rule, limit, message: whyNot(rule, evaluation) });
  const actsAtMs = Math.max(step.atMs, situation.pausedUntilMs ?? step.atMs);
  const leftMs = Math.max(0, actsAtMs - nowMs);
  const when = leftMs === 0 ? 'now' : `in ${formatDuration(leftMs)}`;
  const isJob = evaluation.container.isJob;
  return {
    rule,
    applies: true,
    limit: isJob && rule === 'container-hold' ? null : limit,
    actsAtMs,
    warnings: [],
    ...(rule === 'gpu-hold' && step.atMs === situation.endsByMs
      ? { promised: situation.endsFor ?? 'request' }
      : {}),
    message: sentences[rule](when, isJob) + pausedNote(evaluation),
    postponedBy: ['`ds01 container start NAME`'],
  };
}

const sentences: Readonly<Record<HoldRule, (when: string, isJob: boolean) => string>> = {
  'gpu-hold': (when) => `Its GPU goes back to everybody ${when}; the container stays.`,
  'container-hold': (when, isJob) =>
    isJob
      ? `Its job is over: it is removed ${when}.`
      : `It is removed ${when}. Your workspace stays, and what you changed outside of it is kept as an image for a while.`,
  'never-started': (when) => `It was never started: it is removed ${when}.`,
};

function ruleOf(action: { readonly kind: string; readonly rule?: string }): HoldRule | null {
  if (action.kind === 'release-gpu') return 'gpu-hold';
  if (action.kind !== 'remove') return null;
  return action.rule === 'never-started' ? 'never-started' : 'container-hold';
}

function whyNot(rule: HoldRule, { container, limits }: Evaluation): string {
  if (container.exempt !== null) return 'It is exempt from every rule.';
  if (rule === 'never-started') {
    if (container.state !== 'created') return 'It was started.';
    return limits.createdTimeoutMs === null
      ? 'It may wait for its first start for as long as it likes.'
      : 'It has no GPU and was not made with DS01.';
  }
  const holdMs = rule === 'gpu-hold' ? limits.gpuHoldMs : limits.containerHoldMs;
  if (container.state !== 'stopped') {
    const what = rule === 'gpu-hold' ? 'its GPU is kept for it' : 'it stays';
    const span = holdMs === null ? 'without end' : `for ${formatDuration(holdMs)}`;
    return `Begins when it stops: ${what} ${span}.`;
  }
  if (rule === 'gpu-hold' && !container.holdsGpu) return 'It holds no GPU.';
  if (holdMs === null) return 'There is no limit to it.';
  return container.managed || container.holdsGpu
    ? 'When it stopped is not known.'
    : 'It has no GPU and was not made with DS01: nothing removes it.';
}
