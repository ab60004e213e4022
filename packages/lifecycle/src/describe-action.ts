import { formatDuration } from '@ds01/contracts';
import type { LifecycleRule } from '@ds01/contracts/lifecycle';
import type { LifecycleAction, LifecycleLimits, Moment } from './types.ts';

/** Which rule an action belongs to; a job's container is removed by the rule of holds. */
export function ruleOfAction(action: LifecycleAction): LifecycleRule {
  if (action.kind === 'release-gpu') return 'gpu-hold';
  if (action.kind !== 'remove') return action.rule;
  return action.rule === 'job' ? 'container-hold' : action.rule;
}

/** An action in one sentence, for administrators: what happens to the container, and why. */
export function describeAction(
  action: LifecycleAction,
  { limits, nowMs }: { readonly limits: LifecycleLimits; readonly nowMs: Moment },
): string {
  switch (action.kind) {
    case 'warn':
      return `${action.step === 2 ? 'Last warning' : 'Warning'}: ${action.promised !== undefined ? 'its GPU was promised to somebody else' : reasons[action.rule]}, to be stopped in ${formatDuration(action.stopsAtMs - nowMs)}${action.highDemand && action.rule === 'idle' ? ' (high demand)' : ''}.`;
    case 'notice':
      return `Told only, for it is exempt: ${reasons[action.rule]}. ${action.exemption}`;
    case 'resumed':
      return action.signal === null
        ? 'Its warning is taken back: there is more time now.'
        : `Its warning is taken back: ${action.signal}.`;
    case 'stop':
      if (action.promised !== undefined)
        return 'Stopped: its GPU was promised to somebody else from now on.';
      return action.rule === 'idle'
        ? `Stopped after ${formatDuration(nowMs - action.idleSinceMs)} without activity.`
        : `Stopped after running for ${formatDuration(action.ranForMs)} in all.`;
    case 'release-gpu':
      return `Its GPU goes back to everybody, ${formatDuration(limits.gpuHoldMs ?? 0)} after it stopped; the container stays.`;
    case 'remove':
      return removals[action.rule](limits);
  }
}

const reasons = { idle: 'idle', 'max-runtime': 'at the end of its runtime' } as const;

const removals = {
  'container-hold': (limits: LifecycleLimits) =>
    `Removed ${formatDuration(limits.containerHoldMs ?? 0)} after it stopped; what it changed is kept as an image.`,
  'never-started': (limits: LifecycleLimits) =>
    `Removed: it was not started within ${formatDuration(limits.createdTimeoutMs ?? 0)}.`,
  job: () => 'Removed: its job is over.',
} as const;
