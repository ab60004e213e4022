import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';

const dayMs = 86_400_000;

/** Of one person and type: twice a minute for a week. Who makes more of them fills no disk. */
const mostOfAType = 20_000;

/**
 * Removes events older than `retention.events_days`, and of a person's events of one type all but the
 * newest 20,000; how many there were.
 */
export function pruneEvents(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  policy: Pick<CurrentPolicy, 'settings'>,
): number {
  const oldestMs = deps.clock.nowMs() - policy.settings.retention.events_days * dayMs;
  return deps.store.transaction(
    ({ events }) => events.removeBefore(oldestMs) + events.removeBeyond(mostOfAType),
  );
}
