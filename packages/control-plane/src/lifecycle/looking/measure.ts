import type { ContainerId } from '@ds01/contracts';
import type { ActivitySample, SlotSample } from '@ds01/lifecycle';
import type { ActivityReading } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import type { Counters } from './remembered.ts';
import { momentOf, momentOfBoot, type SteadyNow } from './steady-clock.ts';

/** Reads the counters of all containers that have processes, in one pass; never fails. */
export async function readActivity(
  deps: Pick<ControlPlaneDependencies, 'activity' | 'logger'>,
  containers: readonly ObservedContainer[],
): Promise<ReadonlyMap<ContainerId, ActivityReading> | null> {
  const targets = containers
    .filter(({ state }) => isAlive(state))
    .map(({ record }) => ({ id: record.id, cgroupParent: record.cgroupParent }));
  try {
    return await deps.activity.read(targets);
  } catch (error) {
    deps.logger.error('nothing could be measured', { error: String(error) });
    return null;
  }
}

/** Counters as they are kept; `null` without a reading. */
export function countersOf(
  reading: ActivityReading,
  before: Counters | null,
  now: SteadyNow,
): Counters {
  const atMs = momentOfBoot(now, reading.atMs);
  const { inputAtMs: inputWallMs } = reading;
  // The same time of the wall clock is the same moment, also when somebody set that clock since.
  const isKnown = before !== null && before.inputWallMs === inputWallMs;
  const found = inputWallMs === null ? null : Math.min(momentOf(now, inputWallMs), atMs);
  return {
    atMs,
    cpuTimeMs: reading.cpuTimeMs,
    networkBytes: reading.networkBytes,
    inputWallMs,
    inputAtMs: isKnown ? before.inputAtMs : found,
  };
}

/** Its cgroup is another one than before: it was started again. */
export function isOtherRun(before: Counters, after: Counters): boolean {
  return (
    before.cpuTimeMs !== null && after.cpuTimeMs !== null && after.cpuTimeMs < before.cpuTimeMs
  );
}

/** What happened between two readings. */
export function sampleBetween(
  before: Counters,
  after: Counters,
  slots: readonly SlotSample[],
): ActivitySample {
  const passedMs = after.atMs - before.atMs;
  const cpuMs = difference(before.cpuTimeMs, after.cpuTimeMs);
  return {
    atMs: after.atMs,
    slots,
    cpuPercent: cpuMs === null || passedMs <= 0 ? null : (cpuMs / passedMs) * 100,
    networkBytes: difference(before.networkBytes, after.networkBytes),
    inputAtMs: after.inputAtMs,
  };
}

/** `null` when one isn't known, or when it was counted anew. */
function difference(before: number | null, after: number | null): number | null {
  return before === null || after === null || after < before ? null : after - before;
}
