import type { LifecycleContainer, LifecycleMemory, Moment } from './types.ts';

/** Two statements of one start differ by less, whatever clocks they were converted with. */
const sameStartMs = 1000;

/** A run that follows another so soon leaves out no time worth a restart. */
const longestBreakMs = 90_000;

/** Whether a container runs in another run than the one that was counted last. */
export function isNewRun(container: LifecycleContainer, memory: LifecycleMemory | null): boolean {
  const { startedAtMs } = container;
  if (startedAtMs === null) return false;
  const before = memory?.startedAtMs ?? null;
  return before === null || startedAtMs > before + sameStartMs;
}

/**
 * Total running time that counts, until `nowMs`: runs add up, frozen time doesn't count. What was
 * added since the last evaluation is never longer than that is ago, so that no wrong start or jump of
 * a clock can use a limit up.
 */
export function runningTimeOf(
  container: LifecycleContainer,
  memory: LifecycleMemory | null,
  nowMs: Moment,
): number {
  const { startedAtMs, stoppedAtMs, state } = container;
  if (memory === null) {
    return state === 'running' && startedAtMs !== null ? Math.max(0, nowMs - startedAtMs) : 0;
  }
  const sinceMs = Math.max(0, nowMs - memory.evaluatedAtMs);
  const atMost = (spanMs: number) => memory.ranForMs + Math.min(sinceMs, Math.max(0, spanMs));
  if (state === 'running' && startedAtMs !== null && isNewRun(container, memory)) {
    const breakMs = startedAtMs - memory.evaluatedAtMs;
    const isRestart = memory.wasRunning && breakMs <= longestBreakMs;
    return isRestart ? atMost(sinceMs) : atMost(nowMs - startedAtMs);
  }
  if (!memory.wasRunning) return memory.ranForMs;
  if (state === 'stopped') return atMost((stoppedAtMs ?? nowMs) - memory.evaluatedAtMs);
  return atMost(sinceMs);
}
