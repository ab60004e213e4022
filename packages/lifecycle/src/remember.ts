import { cadenceOf, idleTimeoutNow, longestSilence } from './cadence.ts';
import { takeSamples, takeSilence, type Idleness } from './idleness.ts';
import { isNewRun, runningTimeOf } from './running-time.ts';
import { putOff } from './timed-rule.ts';
import type { Evaluation, GivenWarning, LifecycleMemory } from './types.ts';

/** A cadence for containers whose idleness nobody asks for. */
const unhurriedTimeoutMs = 600_000;

/**
 * What is known at `nowMs`: the memory with the time since the last evaluation and the samples taken
 * in. Of what a rule does about it nothing is decided here.
 */
export function remember(evaluation: Evaluation): LifecycleMemory {
  const { container, memory, nowMs, situation } = evaluation;
  const before = memory ?? firstMemory(evaluation);
  const isRun = container.state === 'running' || container.state === 'paused';
  const isNew = isRun && isNewRun(container, memory);
  const missedMs = missedTime(evaluation, before);
  const idleness = isRun ? idlenessOf(evaluation, before, isNew) : atRest(before);
  const { warning, ...known } = idleness;
  return {
    ...before,
    ...known,
    evaluatedAtMs: nowMs,
    ranForMs: runningTimeOf(container, memory, nowMs),
    startedAtMs: isNew ? container.startedAtMs : before.startedAtMs,
    wasRunning: container.state === 'running',
    idleWarning: warning,
    runtimeWarning: isNew || !isRun ? null : putOff(before.runtimeWarning, missedMs),
    noticed: isNew ? [] : before.noticed,
    asked: isNew ? null : before.asked,
    keepAlive: keepAliveOf(evaluation, before),
    heldBack: situation.pausedUntilMs !== null && situation.pausedUntilMs > nowMs,
  };
}

function firstMemory({ nowMs, samples }: Evaluation): LifecycleMemory {
  const seenAtMs = Math.min(samples[0]?.atMs ?? nowMs, nowMs);
  return {
    evaluatedAtMs: nowMs,
    ranForMs: 0,
    startedAtMs: null,
    wasRunning: false,
    idleSinceMs: seenAtMs,
    evidenceAtMs: seenAtMs,
    lastActiveAtMs: null,
    lastActiveBy: null,
    samples: [],
    idleWarning: null,
    runtimeWarning: null,
    noticed: [],
    asked: null,
    keepAlive: null,
    heldBack: false,
    dueAtMs: null,
  };
}

/** Time since the last evaluation in which the rules didn't act: paused, or nobody looked. */
function missedTime({ nowMs, limits }: Evaluation, before: LifecycleMemory): number {
  const { dueAtMs, evaluatedAtMs, heldBack } = before;
  const lateMs = dueAtMs === null ? 0 : nowMs - dueAtMs;
  const patienceMs = longestSilence(cadenceOf(limits.idleTimeoutMs ?? unhurriedTimeoutMs));
  if (!heldBack && lateMs <= patienceMs) return 0;
  return Math.max(0, nowMs - evaluatedAtMs);
}

function idlenessOf(evaluation: Evaluation, before: LifecycleMemory, isNew: boolean): Idleness {
  const { container, limits, policy, situation, samples, nowMs } = evaluation;
  const startedAtMs = Math.min(container.startedAtMs ?? nowMs, nowMs);
  const earliestMs = startedAtMs + policy.gracePeriodMs;
  const timeoutMs = idleTimeoutNow(limits.idleTimeoutMs ?? unhurriedTimeoutMs, policy, situation);
  const rules = { policy, earliestMs, cadenceMs: cadenceOf(timeoutMs) };
  const heldBackMs = before.heldBack ? Math.max(0, nowMs - before.evaluatedAtMs) : 0;
  const start: Idleness = {
    idleSinceMs: isNew ? Math.max(before.idleSinceMs, earliestMs) : before.idleSinceMs,
    evidenceAtMs: isNew ? Math.max(before.evidenceAtMs, startedAtMs) : before.evidenceAtMs,
    lastActiveAtMs: before.lastActiveAtMs,
    lastActiveBy: before.lastActiveBy,
    samples: isNew ? [] : before.samples,
    warning: isNew ? null : before.idleWarning,
  };
  const fresh = samples.map((sample) => ({ ...sample, atMs: Math.min(sample.atMs, nowMs) }));
  const known = takeSilence(takeSamples(start, fresh, rules), nowMs, rules);
  return { ...known, warning: promisedAfter(known.warning, { start, heldBackMs }) };
}

/** A promise is put off by the longer of a silence and a pause of the rules, not by both. */
function promisedAfter(
  warning: GivenWarning | null,
  { start, heldBackMs }: { readonly start: Idleness; readonly heldBackMs: number },
): GivenWarning | null {
  if (warning === null || start.warning === null) return warning;
  const atLeastMs = start.warning.stopsAtMs + heldBackMs;
  return { ...warning, stopsAtMs: Math.max(warning.stopsAtMs, atLeastMs) };
}

/** Of a container that doesn't run nothing is measured; its next run begins anew. */
function atRest(before: LifecycleMemory): Idleness {
  const { idleSinceMs, evidenceAtMs, lastActiveAtMs, lastActiveBy } = before;
  return { idleSinceMs, evidenceAtMs, lastActiveAtMs, lastActiveBy, samples: [], warning: null };
}

/** Two statements of one moment differ by less, whatever clocks they were converted with. */
const sameMomentMs = 60_000;

/** What is too far ahead is bounded once, when it is seen first: else it would slide on for ever. */
function keepAliveOf(
  { situation, policy, nowMs }: Evaluation,
  { keepAlive }: LifecycleMemory,
): LifecycleMemory['keepAlive'] {
  const askedMs = situation.keepAliveUntilMs;
  if (askedMs === null) return null;
  const isBounded = keepAlive !== null && keepAlive.untilMs < keepAlive.askedMs;
  if (isBounded && Math.abs(askedMs - keepAlive.askedMs) < sameMomentMs) return keepAlive;
  const latestMs = policy.keepAliveMaxMs === null ? askedMs : nowMs + policy.keepAliveMaxMs;
  return { askedMs, untilMs: Math.min(askedMs, latestMs) };
}
