import type { LifecycleRule, PlannedAction } from '@ds01/contracts/lifecycle';
import type { LifecycleAction } from '@ds01/lifecycle';
import { instantOf } from '../present.ts';
import type { Assessed } from './assess.ts';
import { wallOf, type SteadyNow } from './steady-clock.ts';

/** The rule that an action belongs to; a job's container goes with the hold of containers. */
export function ruleOf(action: LifecycleAction): LifecycleRule {
  switch (action.kind) {
    case 'warn':
    case 'notice':
    case 'resumed':
    case 'stop':
      return action.rule;
    case 'release-gpu':
      return 'gpu-hold';
    case 'remove':
      return action.rule === 'job' ? 'container-hold' : action.rule;
  }
}

/** An action that was done now, as administrators see it; `null` for what is no action of a rule. */
export function plannedActionOf(
  now: SteadyNow,
  { subject }: Assessed,
  action: LifecycleAction,
): PlannedAction | null {
  if (action.kind === 'resumed') return null;
  const { dockerName, user } = subject.container.record;
  return {
    at: instantOf(now.wallMs),
    action: action.kind,
    rule: ruleOf(action),
    dockerName,
    user,
    message: messageOf(now, action),
  };
}

function messageOf(now: SteadyNow, action: Exclude<LifecycleAction, { kind: 'resumed' }>): string {
  switch (action.kind) {
    case 'warn':
      return `warned: it will be stopped at ${instantOf(wallOf(now, action.stopsAtMs))}`;
    case 'notice':
      return `told that it is exempt: ${action.exemption}`;
    case 'stop':
      return action.rule === 'idle' ? 'stopped: idle' : 'stopped: maximum runtime';
    case 'release-gpu':
      return 'its GPU went back to everybody';
    case 'remove':
      return action.keepLayer ? 'removed; what changed in it was kept' : 'removed';
  }
}
