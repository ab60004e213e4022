import { countBits, rangeBits } from '../slice-bits.ts';

/** A GPU instance profile as `nvidia-smi mig -lgip` and `-lgipp` describe it. */
export interface MigProfileShape {
  /** Name without the leading `MIG `, for example `3g.20gb` or `1g.10gb+me`. */
  readonly name: string;
  readonly memoryBytes: number;
  readonly computeSlices: number;
  /** First memory slices on which an instance may start. */
  readonly starts: readonly number[];
  /** Memory slices that an instance covers. */
  readonly size: number;
}

/** One place where an instance of a profile may be. */
export interface MigPlace {
  readonly start: number;
  /** What it takes of an occupancy: its memory slices, and the media engines of a `+me`. */
  readonly bits: number;
}

/** A profile with its places as bits, lowest start first. */
export interface MigProfilePlaces {
  readonly shape: MigProfileShape;
  readonly places: readonly MigPlace[];
}

/**
 * What MIG can make of one model of GPU. An occupancy is a number: bit n is memory slice n, the bit
 * above the last slice the media engines, which only one instance (`+me`) may have.
 */
export interface MigGeometry {
  readonly memorySlices: number;
  readonly profiles: readonly MigProfilePlaces[];
  /** The occupancy of a GPU that has no room for anything. */
  readonly full: number;
  /** The bit of the media engines. */
  readonly media: number;
  /**
   * Room that an occupancy leaves: how many more instances of each profile would fit if nothing but
   * that profile were made, added up over the profiles. 0 = nothing fits.
   */
  readonly roomIn: (occupancy: number) => number;
}

/** More slices would make the table of rooms large; known GPUs have 4, 8 or 12. */
const mostSlices = 16;

/**
 * Makes a geometry of the profiles of one model, from `migGeometryOf` or from what the driver says
 * (`-lgip` and `-lgipp`). `undefined` when they can't be true: no profile, two of one name, a profile
 * without a start, without memory or compute slices, or of more than 16 slices.
 */
export function defineMigGeometry(shapes: readonly MigProfileShape[]): MigGeometry | undefined {
  const names = new Set(shapes.map((shape) => shape.name));
  if (shapes.length === 0 || names.size < shapes.length || !shapes.every(isPlausible)) {
    return undefined;
  }
  const memorySlices = Math.max(...shapes.map(({ starts, size }) => Math.max(...starts) + size));
  if (memorySlices > mostSlices) return undefined;
  const media = 2 ** memorySlices;
  const profiles = shapes.map((shape) => placesOf(shape, media));
  return { memorySlices, profiles, full: 2 * media - 1, media, roomIn: roomTable(profiles, media) };
}

/** True for a profile of which only one instance may exist on a GPU; the driver says `+me`. */
export function takesMediaEngines(profileName: string): boolean {
  return profileName.includes('+me');
}

function isPlausible({ starts, size, computeSlices, memoryBytes }: MigProfileShape): boolean {
  return (
    starts.length > 0 &&
    computeSlices > 0 &&
    memoryBytes > 0 &&
    starts.every((start) => rangeBits({ start, size }) !== 0)
  );
}

function placesOf(shape: MigProfileShape, media: number): MigProfilePlaces {
  const extra = takesMediaEngines(shape.name) ? media : 0;
  const places = shape.starts
    .toSorted((left, right) => left - right)
    .map((start) => ({ start, bits: rangeBits({ start, size: shape.size }) | extra }));
  return { shape, places };
}

const notYet = -1;

/** Each room is computed once, when it is first asked for. */
function roomTable(
  profiles: readonly MigProfilePlaces[],
  media: number,
): (occupancy: number) => number {
  const rooms = new Int16Array(2 * media).fill(notYet);
  return (occupancy) => {
    const known = rooms[occupancy] ?? 0;
    if (known !== notYet) return known;
    const room = profiles.reduce((sum, { places }) => sum + furtherInstances(places, occupancy), 0);
    rooms[occupancy] = room;
    return room;
  };
}

/** Places of one profile are equally long, so taking the first that is free each time is optimal. */
function furtherInstances(places: readonly MigPlace[], occupancy: number): number {
  let count = 0;
  let taken = occupancy;
  for (const { bits } of places) {
    if ((taken & bits) !== 0) continue;
    taken |= bits;
    count += 1;
  }
  return count;
}

/** Memory slices in use in an occupancy. */
export function usedSlices(geometry: MigGeometry, occupancy: number): number {
  return countBits(occupancy & (geometry.media - 1));
}
