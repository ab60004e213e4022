import type { TracePart, TraceSegment } from './trace.ts';

/** A segment with its place in time, in milliseconds since the container's start. */
export interface PlacedSegment {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly segment: TraceSegment;
}

/** Lays segments and repetitions out one after the other. */
export function layOut(parts: readonly TracePart[]): readonly PlacedSegment[] {
  const placed: PlacedSegment[] = [];
  const add = (some: readonly TracePart[]): void => {
    for (const part of some) {
      if ('times' in part) {
        for (let turn = 0; turn < part.times; turn += 1) add(part.of);
        continue;
      }
      const fromMs = placed.at(-1)?.untilMs ?? 0;
      placed.push({ fromMs, untilMs: fromMs + part.forS * 1000, segment: part });
    }
  };
  add(parts);
  return placed;
}

/** Sum of something per second over some time; `null` as soon as it isn't known for a part of it. */
export function sumOver(
  placed: readonly PlacedSegment[],
  span: { readonly fromMs: number; readonly untilMs: number },
  perSecond: (segment: TraceSegment) => number | null,
): number | null {
  let sum = 0;
  for (const { fromMs, untilMs, segment } of overlapping(placed, span)) {
    const rate = perSecond(segment);
    if (rate === null) return null;
    const overlapMs = Math.min(untilMs, span.untilMs) - Math.max(fromMs, span.fromMs);
    sum += (rate * overlapMs) / 1000;
  }
  return sum;
}

/** The last key that was pressed until then; `null` when none was. */
export function lastKeyAt(placed: readonly PlacedSegment[], atMs: number): number | null {
  for (let index = indexAt(placed, atMs); index >= 0; index -= 1) {
    const one = placed[index];
    if (one?.segment.typesEveryS === undefined) continue;
    const everyMs = one.segment.typesEveryS * 1000;
    const since = Math.min(atMs, one.untilMs - 1) - one.fromMs;
    return one.fromMs + Math.floor(since / everyMs) * everyMs;
  }
  return null;
}

/** The segment of a moment; the last one after the end. */
export function segmentAt(placed: readonly PlacedSegment[], atMs: number): PlacedSegment | null {
  return placed[indexAt(placed, atMs)] ?? null;
}

function overlapping(
  placed: readonly PlacedSegment[],
  span: { readonly fromMs: number; readonly untilMs: number },
): readonly PlacedSegment[] {
  const first = indexAt(placed, span.fromMs);
  const last = indexAt(placed, span.untilMs);
  return placed
    .slice(Math.max(0, first), last + 1)
    .filter(({ fromMs, untilMs }) => fromMs < span.untilMs && untilMs > span.fromMs);
}

/** Index of the last segment that began until then, by halving; -1 before the first. */
function indexAt(placed: readonly PlacedSegment[], atMs: number): number {
  let low = 0;
  let high = placed.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((placed[middle]?.fromMs ?? Infinity) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
