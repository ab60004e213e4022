import { PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

/** Room for young objects that a busy daemon gets, in bytes; there are two of it. */
const enoughBytes = 4 * 1_048_576;
/** A page more or less is not counted as room. */
const roundingBytes = 262_144;

/**
 * Lets the room for young objects grow while the daemon is busy, but not beyond 4 MiB. V8 begins with
 * 1 MiB, in which a fifth of the time of small answers goes into collecting, and would by itself go on
 * to 16 MiB, twice, and keep them. Called once nothing is loaded any more, which would count as busy.
 */
export function boundYoungObjects(): void {
  // To wait for other threads takes longer than to collect so little.
  setFlagsFromString('--no-parallel-scavenge');
  let mayGrow: boolean | null = null;
  const adjust = (): void => {
    const mayGrowNow = roomBytes() + roundingBytes < enoughBytes;
    if (mayGrowNow === mayGrow) return;
    mayGrow = mayGrowNow;
    setFlagsFromString(`--semi-space-growth-factor=${mayGrow ? 2 : 1}`);
  };
  adjust();
  // V8 takes the room away again when nothing happens.
  new PerformanceObserver(adjust).observe({ type: 'gc' });
}

function roomBytes(): number {
  const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
  return young === undefined ? enoughBytes : young.space_used_size + young.space_available_size;
}
