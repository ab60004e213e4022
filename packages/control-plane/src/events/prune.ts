import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';

const dayMs = 86_400_000;

/** Removes events older than `retention.events_days`; how many there were. */
export function pruneEvents(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  policy: Pick<CurrentPolicy, 'settings'>,
): number {
  const oldestMs = deps.clock.nowMs() - policy.settings.retention.events_days * dayMs;
  return deps.store.transaction(({ events }) => events.removeBefore(oldestMs));
}
