import type { Evaluation, LifecycleAction, Moment } from './types.ts';

/** Something that a rule does at a moment to a container that doesn't run. */
export interface HoldStep {
  readonly action: LifecycleAction;
  readonly atMs: Moment;
}

/**
 * What becomes of a container that doesn't run: its GPU is released after the hold, and it is removed
 * after its own. One without a GPU that DS01 didn't make is left alone.
 */
export function holdSteps({ container, limits, situation }: Evaluation): readonly HoldStep[] {
  if (container.exempt !== null) return [];
  if (container.state === 'created') return neverStarted();
  if (container.state !== 'stopped' || container.stoppedAtMs === null) return [];
  return afterStop(container.stoppedAtMs);

  function neverStarted(): HoldStep[] {
    if (!isRemovable() || limits.createdTimeoutMs === null) return [];
    const atMs = container.createdAtMs + limits.createdTimeoutMs;
    return [{ action: { kind: 'remove', rule: 'never-started', keepLayer: false }, atMs }];
  }

  function afterStop(stoppedAtMs: Moment): HoldStep[] {
    if (container.isJob) {
      const action = { kind: 'remove', rule: 'job', keepLayer: false } as const;
      return [{ action, atMs: stoppedAtMs }];
    }
    const steps: HoldStep[] = [];
    const holdMs = stoppedAtMs + (limits.gpuHoldMs ?? Infinity);
    const releaseMs = Math.min(holdMs, situation.endsByMs ?? Infinity);
    if (container.holdsGpu && releaseMs < Infinity) {
      steps.push({ action: { kind: 'release-gpu' }, atMs: releaseMs });
    }
    if (isRemovable() && limits.containerHoldMs !== null) {
      const action = { kind: 'remove', rule: 'container-hold', keepLayer: true } as const;
      steps.push({ action, atMs: stoppedAtMs + limits.containerHoldMs });
    }
    return steps;
  }

  function isRemovable(): boolean {
    return container.managed || container.holdsGpu;
  }
}
