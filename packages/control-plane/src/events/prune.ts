import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';

const dayMs = 86_400_000;

/** Of one person and type: twice a minute for a week. Who makes more of them fills no disk. */
const mostOfAType = 20_000;

/** So long it is known what became of a request that waited. */
const queueDays = 30;

/**
 * Removes events older than `retention.events_days`, and of a person's events of one type all but the
 * newest 20,000; how many there were. Requests that waited are forgotten 30 days after their end.
 */
export function pruneEvents(
  deps: Pick<ControlPlaneDependencies, 'store' | 'clock'>,
  policy: Pick<CurrentPolicy, 'settings'>,
): number {
  const nowMs = deps.clock.nowMs();
  const oldestMs = nowMs - policy.settings.retention.events_days * dayMs;
  return deps.store.transaction(({ events, queue }) => {
    queue.removeEndedBefore(nowMs - queueDays * dayMs);
    return events.removeBefore(oldestMs) + events.removeBeyond(mostOfAType);
  });
}
