import type { ContainerId } from '@ds01/contracts';
import type { LatestUse } from '../loop.ts';
import type { Look } from './look.ts';
import { wallOf } from './steady-clock.ts';

/** What containers use, from two looks one after the other. */
export function latestUseOf(
  { readings, assessed, view }: Look,
  before: Look | null,
): ReadonlyMap<ContainerId, LatestUse> {
  const use = new Map<ContainerId, LatestUse>();
  for (const { subject, evaluated } of assessed) {
    const { id } = subject.container.record;
    const reading = readings?.get(id);
    if (reading === undefined) continue;
    const known = before?.readings?.get(id);
    const { lastActiveAtMs } = evaluated.memory;
    use.set(id, {
      cpuPercent: cpuBetween(known, reading),
      memoryBytes: reading.memoryBytes,
      memoryLimitBytes: reading.memoryLimitBytes,
      lastActiveAtMs: lastActiveAtMs === null ? null : wallOf(view.now, lastActiveAtMs),
    });
  }
  return use;
}

type Reading = Pick<
  NonNullable<ReturnType<NonNullable<Look['readings']>['get']>>,
  'atMs' | 'cpuTimeMs'
>;

function cpuBetween(before: Reading | undefined, after: Reading): number | null {
  if (before === undefined || before.cpuTimeMs === null || after.cpuTimeMs === null) return null;
  const passedMs = after.atMs - before.atMs;
  const usedMs = after.cpuTimeMs - before.cpuTimeMs;
  return passedMs <= 0 || usedMs < 0 ? null : (usedMs / passedMs) * 100;
}
