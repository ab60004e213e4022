import { memorySlices, migProfiles, type MigProfile } from '../mig-profiles.ts';
import type { MigFamily } from '../models.ts';

/**
 * Starts in the order in which the driver tries them on boards with eight memory slices, by the
 * number of slices that a profile covers. Derived from recorded `-cgi` calls on A100 and H100 and
 * their `-lgi` (MIG user guide: 19,19,14,9; 9,19,14,19; 14,19,19,19,19,19; and seven times 19): the
 * half with three compute slices is filled first, beginning with its single slice. Only for the
 * wide 1g profile it is an assumption. One recording of two 3g instances has the halves the other
 * way round.
 */
const startOrder: Readonly<Record<number, readonly number[]>> = {
  1: [6, 4, 5, 0, 1, 2, 3],
  2: [4, 6, 0, 2],
  4: [4, 0],
  8: [0],
};

/** Whether a profile fits on these slices at that start. */
const isFree = (profile: MigProfile, start: number, taken: ReadonlySet<number>): boolean =>
  Array.from({ length: profile.size }, (_, offset) => start + offset).every(
    (slice) => !taken.has(slice),
  );

/** All starts at which one more instance of the profile fits, in ascending order. */
export const possibleStarts = (profile: MigProfile, taken: ReadonlySet<number>): number[] =>
  profile.starts.filter((start) => isFree(profile, start, taken));

/**
 * Where the driver puts an instance that is created without a placement; undefined if it fits
 * nowhere. On boards with four slices the lowest start is taken (an assumption).
 */
export const automaticStart = (
  family: MigFamily,
  profile: MigProfile,
  taken: ReadonlySet<number>,
): number | undefined => {
  const possible = possibleStarts(profile, taken);
  if (memorySlices(family) !== 8) return possible[0];
  return (startOrder[profile.size] ?? []).find((start) => possible.includes(start));
};

/**
 * Id of a GPU instance: the driver numbers the nodes of a binary tree over the memory slices, 0 for
 * the whole, 1 and 2 for the halves and so on (as recorded; some boards have the halves swapped).
 */
export const gpuInstanceIdAt = (family: MigFamily, start: number, size: number): number =>
  memorySlices(family) / size - 1 + start / size;

/** The profile that an id, a name or a full name (`MIG 3g.20gb`) means on a family. */
export const profileBy = (family: MigFamily, word: string): MigProfile | undefined =>
  migProfiles[family].find(
    ({ id, name }) => word === String(id) || word === name || word === `MIG ${name}`,
  );
