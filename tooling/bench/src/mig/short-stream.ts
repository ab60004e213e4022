import type { MigGeometry } from '@ds01/gpu-allocator';

/** Somebody who wants an instance of a profile from one moment to another. */
export interface Visit {
  readonly from: number;
  readonly to: number;
  readonly profile: number;
}

/** Repeatable numbers from 0 up to 1, 1 excluded (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Few enough arrivals to be solved exactly: every profile as likely as any other, stays exponential, one
 * to two times as many memory slices asked for as the GPUs have. In order of `from`.
 */
export function shortStream(
  geometry: MigGeometry,
  size: { readonly gpuCount: number; readonly arrivals: number; readonly seed: number },
): readonly Visit[] {
  const random = randomFrom(size.seed);
  const exponential = (): number => -Math.log(1 - random());
  const { profiles, memorySlices } = geometry;
  const meanSize = profiles.reduce((sum, { shape }) => sum + shape.size, 0) / profiles.length;
  const rate = ((1 + random()) * size.gpuCount * memorySlices) / meanSize;
  let from = 0;
  return Array.from({ length: size.arrivals }, () => {
    from += exponential() / rate;
    return { from, to: from + exponential(), profile: Math.floor(random() * profiles.length) };
  });
}
