import type { UsageReading } from '@ds01/ports';

/** CPUs in use between two readings of the same thing (1.5 is one and a half); `null` when unknown. */
export function cpusBetween(before: UsageReading | null, after: UsageReading): number | null {
  if (before === null || before.cpuTimeMs === null || after.cpuTimeMs === null) return null;
  const passedMs = after.atMs - before.atMs;
  const usedMs = after.cpuTimeMs - before.cpuTimeMs;
  // Counters start again with the container.
  return passedMs > 0 && usedMs >= 0 ? usedMs / passedMs : null;
}
