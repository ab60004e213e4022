/** Highest memory slice that sets of slices as bits can hold. */
const highestSlice = 30;

/** Slices as bits, bit n for slice n; 0 (unknown) when there are none or one is out of range. */
export function sliceBits(slices: readonly number[] | null): number {
  let bits = 0;
  for (const slice of slices ?? []) {
    if (slice < 0 || slice > highestSlice) return 0;
    bits |= 1 << slice;
  }
  return bits;
}

/** `size` slices from `start` on as bits; 0 (unknown) for what no GPU has. */
export function rangeBits({
  start,
  size,
}: {
  readonly start: number;
  readonly size: number;
}): number {
  if (!Number.isInteger(start) || !Number.isInteger(size)) return 0;
  if (start < 0 || size < 1 || start + size > highestSlice + 1) return 0;
  return (2 ** size - 1) * 2 ** start;
}

/** How many bits are set. */
export function countBits(bits: number): number {
  let count = 0;
  for (let rest = bits; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
