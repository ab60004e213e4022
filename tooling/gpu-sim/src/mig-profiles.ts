import type { MigFamily } from './models.ts';

/** One line of `nvidia-smi mig -lgip`, with the placements of `-lgipp`. */
export interface MigProfile {
  /** Id of the GPU instance profile; means something else on each family. */
  readonly id: number;
  /** Name without the leading `MIG `, e.g. `3g.20gb`. */
  readonly name: string;
  readonly memoryMiB: number;
  readonly computeSlices: number;
  readonly multiprocessors: number;
  readonly copyEngines: number;
  readonly decoders: number;
  readonly jpegEngines: number;
  readonly opticalFlowEngines: number;
  /** How many may exist at once on an empty GPU. */
  readonly maxInstances: number;
  /** First memory slices on which an instance may start. */
  readonly starts: readonly number[];
  /** Memory slices that an instance covers. */
  readonly size: number;
  /** True where no recording of a real board exists and figures are derived from its siblings. */
  readonly estimated?: boolean;
}

type Engines = readonly [copy: number, decoders: number, jpeg: number, opticalFlow: number];
type Shape = Pick<MigProfile, 'id' | 'computeSlices' | 'maxInstances' | 'starts' | 'size'>;

const small: Shape = {
  id: 19,
  computeSlices: 1,
  maxInstances: 7,
  starts: [0, 1, 2, 3, 4, 5, 6],
  size: 1,
};
const smallMedia: Shape = { ...small, id: 20, maxInstances: 1 };
const smallWide: Shape = {
  id: 15,
  computeSlices: 1,
  maxInstances: 4,
  starts: [0, 2, 4, 6],
  size: 2,
};
const two: Shape = { id: 14, computeSlices: 2, maxInstances: 3, starts: [0, 2, 4], size: 2 };
const three: Shape = { id: 9, computeSlices: 3, maxInstances: 2, starts: [0, 4], size: 4 };
const four: Shape = { id: 5, computeSlices: 4, maxInstances: 1, starts: [0], size: 4 };
const seven: Shape = { id: 0, computeSlices: 7, maxInstances: 1, starts: [0], size: 8 };

const profile = (
  shape: Shape,
  name: string,
  memoryMiB: number,
  units: { multiprocessors: number; engines: Engines; estimated?: boolean },
): MigProfile => ({
  ...shape,
  name,
  memoryMiB,
  multiprocessors: units.multiprocessors,
  copyEngines: units.engines[0],
  decoders: units.engines[1],
  jpegEngines: units.engines[2],
  opticalFlowEngines: units.engines[3],
  ...(units.estimated === true ? { estimated: true } : {}),
});

const a100 = (memory: { one: number; wide: number; half: number; full: number }, scale: 1 | 2) => [
  profile(small, `1g.${5 * scale}gb`, memory.one, { multiprocessors: 14, engines: [1, 0, 0, 0] }),
  profile(smallMedia, `1g.${5 * scale}gb+me`, memory.one, {
    multiprocessors: 14,
    engines: [1, 1, 1, 1],
  }),
  profile(smallWide, `1g.${10 * scale}gb`, memory.wide, {
    multiprocessors: 14,
    engines: [1, 1, 0, 0],
  }),
  profile(two, `2g.${10 * scale}gb`, memory.wide, { multiprocessors: 28, engines: [2, 1, 0, 0] }),
  profile(three, `3g.${20 * scale}gb`, memory.half, { multiprocessors: 42, engines: [3, 2, 0, 0] }),
  profile(four, `4g.${20 * scale}gb`, memory.half, { multiprocessors: 56, engines: [4, 2, 0, 0] }),
  profile(seven, `7g.${40 * scale}gb`, memory.full, { multiprocessors: 98, engines: [7, 5, 1, 1] }),
];

interface HopperLike {
  readonly names: readonly [one: number, wide: number, half: number, full: number];
  readonly memoryMiB: readonly [one: number, wide: number, half: number, full: number];
  readonly multiprocessors: readonly [
    one: number,
    wide: number,
    two: number,
    three: number,
    four: number,
    seven: number,
  ];
  readonly estimatedFrom?: 'three';
}

const hopper = ({ names, memoryMiB, multiprocessors, estimatedFrom }: HopperLike) => {
  const large = estimatedFrom === 'three' ? { estimated: true } : {};
  const [one, wide, half, full] = names;
  return [
    profile(small, `1g.${one}gb`, memoryMiB[0], {
      multiprocessors: multiprocessors[0],
      engines: [1, 1, 1, 0],
    }),
    profile(smallMedia, `1g.${one}gb+me`, memoryMiB[0], {
      multiprocessors: multiprocessors[0],
      engines: [1, 1, 1, 1],
    }),
    profile(smallWide, `1g.${wide}gb`, memoryMiB[1], {
      multiprocessors: multiprocessors[1],
      engines: [1, 1, 1, 0],
    }),
    profile(two, `2g.${wide}gb`, memoryMiB[1], {
      multiprocessors: multiprocessors[2],
      engines: [2, 2, 2, 0],
    }),
    profile(three, `3g.${half}gb`, memoryMiB[2], {
      multiprocessors: multiprocessors[3],
      engines: [3, 3, 3, 0],
      ...large,
    }),
    profile(four, `4g.${half}gb`, memoryMiB[2], {
      multiprocessors: multiprocessors[4],
      engines: [4, 4, 4, 0],
      ...large,
    }),
    profile(seven, `7g.${full}gb`, memoryMiB[3], {
      multiprocessors: multiprocessors[5],
      engines: [8, 7, 7, 1],
      ...large,
    }),
  ];
};

/**
 * Profiles of each family in the order in which the tool lists them. Memory is that of recorded
 * `-lgip` outputs; the tool prints it in GiB.
 */
export const migProfiles: Readonly<Record<MigFamily, readonly MigProfile[]>> = {
  'a100-40gb': a100({ one: 4864, wide: 9856, half: 19968, full: 40192 }, 1),
  'a100-80gb': a100({ one: 9728, wide: 19968, half: 40192, full: 80896 }, 2),
  a30: [
    profile(
      { id: 14, computeSlices: 1, maxInstances: 4, starts: [0, 1, 2, 3], size: 1 },
      '1g.6gb',
      5952,
      {
        multiprocessors: 14,
        engines: [1, 1, 0, 0],
      },
    ),
    profile(
      { id: 21, computeSlices: 1, maxInstances: 1, starts: [0, 1, 2, 3], size: 1 },
      '1g.6gb+me',
      5952,
      {
        multiprocessors: 14,
        engines: [1, 1, 1, 1],
      },
    ),
    profile(
      { id: 5, computeSlices: 2, maxInstances: 2, starts: [0, 2], size: 2 },
      '2g.12gb',
      11968,
      {
        multiprocessors: 28,
        engines: [2, 2, 0, 0],
      },
    ),
    profile(
      { id: 6, computeSlices: 2, maxInstances: 1, starts: [0, 2], size: 2 },
      '2g.12gb+me',
      11968,
      {
        multiprocessors: 28,
        engines: [2, 2, 1, 1],
      },
    ),
    profile({ id: 0, computeSlices: 4, maxInstances: 1, starts: [0], size: 4 }, '4g.24gb', 24000, {
      multiprocessors: 56,
      engines: [4, 4, 1, 1],
    }),
  ],
  h100: hopper({
    names: [10, 20, 40, 80],
    memoryMiB: [9984, 20096, 40448, 81152],
    multiprocessors: [16, 26, 32, 60, 64, 132],
  }),
  // Three and more compute slices are not recorded of the PCIe board; they follow its 114 SM.
  'h100-pcie': hopper({
    names: [10, 20, 40, 80],
    memoryMiB: [9984, 20096, 40448, 81152],
    multiprocessors: [14, 14, 30, 46, 60, 114],
    estimatedFrom: 'three',
  }),
  // Names, ids and slices are recorded; the placements are those of the other eight-slice boards.
  h200: hopper({
    names: [18, 35, 71, 141],
    memoryMiB: [16384, 33024, 71168, 143360],
    multiprocessors: [16, 26, 32, 60, 64, 132],
  }),
  // Recorded to 2g; from 3g on ids, memory and multiprocessors are those of the other boards, scaled.
  b200: hopper({
    names: [23, 45, 90, 180],
    memoryMiB: [22528, 45312, 91392, 182784],
    multiprocessors: [18, 30, 36, 70, 72, 148],
    estimatedFrom: 'three',
  }),
};

/** Memory slices of a whole GPU of that family. */
export const memorySlices = (family: MigFamily): number => (family === 'a30' ? 4 : 8);

/**
 * The profile that a name means on a family. Names of compute instances (`1c.3g.20gb`) mean the GPU
 * instance's profile. Undefined = the family has none of that name.
 */
export const findMigProfile = (family: MigFamily, name: string): MigProfile | undefined => {
  const gpuInstanceName = name.replace(/^\d+c\./u, '');
  return migProfiles[family].find((candidate) => candidate.name === gpuInstanceName);
};
