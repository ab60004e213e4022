import { defineMigGeometry, type MigGeometry, type MigProfileShape } from './geometry.ts';

const mebibyte = 2 ** 20;
const eachSlice = [0, 1, 2, 3, 4, 5, 6];

interface SevenSliceBoard {
  /** Gigabytes in the names: one memory slice, two, four, all eight. */
  readonly names: readonly [number, number, number, number];
  /** MiB of an instance on one memory slice, two, four, all eight. */
  readonly memoryMiB: readonly [number, number, number, number];
}

/** GPUs with seven compute and eight memory slices differ in names and memory only. */
function sevenSlices({ names, memoryMiB }: SevenSliceBoard): readonly MigProfileShape[] {
  const [one, two, four, all] = names;
  const [oneMiB, twoMiB, fourMiB, allMiB] = memoryMiB;
  const single = { memoryBytes: oneMiB * mebibyte, computeSlices: 1, starts: eachSlice, size: 1 };
  const double = { memoryBytes: twoMiB * mebibyte, size: 2 };
  const half = { memoryBytes: fourMiB * mebibyte, size: 4 };
  const whole = { memoryBytes: allMiB * mebibyte, size: 8 };
  return [
    { name: `1g.${one}gb`, ...single },
    { name: `1g.${one}gb+me`, ...single },
    { name: `1g.${two}gb`, ...double, computeSlices: 1, starts: [0, 2, 4, 6] },
    { name: `2g.${two}gb`, ...double, computeSlices: 2, starts: [0, 2, 4] },
    { name: `3g.${four}gb`, ...half, computeSlices: 3, starts: [0, 4] },
    { name: `4g.${four}gb`, ...half, computeSlices: 4, starts: [0] },
    { name: `7g.${all}gb`, ...whole, computeSlices: 7, starts: [0] },
  ];
}

const a30Single = {
  memoryBytes: 5952 * mebibyte,
  computeSlices: 1,
  starts: [0, 1, 2, 3],
  size: 1,
};
const a30Double = { memoryBytes: 11_968 * mebibyte, computeSlices: 2, starts: [0, 2], size: 2 };

interface Board {
  /** Names that the driver gives to GPUs with these profiles. */
  readonly models: RegExp;
  readonly profiles: readonly MigProfileShape[];
}

/**
 * Placements from `-lgipp` of A100, A30 and H100 and from NVIDIA's MIG user guide; memory from
 * `-lgip` of one driver each, others differ by up to 7 %. Estimated, because no listing of a real
 * board was seen: placements of the H200, memory of the H200's `7g` and of the B200 beyond `2g`.
 */
const boards: readonly Board[] = [
  {
    models: /^(?:NVIDIA )?A100-(?:SXM4|PCIE)-40GB$/,
    profiles: sevenSlices({ names: [5, 10, 20, 40], memoryMiB: [4864, 9856, 19_968, 40_192] }),
  },
  {
    models: /^(?:NVIDIA )?A100(?:-SXM4-80GB| 80GB PCIe)$/,
    profiles: sevenSlices({ names: [10, 20, 40, 80], memoryMiB: [9728, 19_968, 40_192, 80_896] }),
  },
  {
    models: /^(?:NVIDIA )?A30$/,
    profiles: [
      { name: '1g.6gb', ...a30Single },
      { name: '1g.6gb+me', ...a30Single },
      { name: '2g.12gb', ...a30Double },
      { name: '2g.12gb+me', ...a30Double },
      {
        name: '4g.24gb',
        memoryBytes: 24_000 * mebibyte,
        computeSlices: 4,
        starts: [0],
        size: 4,
      },
    ],
  },
  {
    models: /^NVIDIA H100 (?:80GB HBM3|PCIe)$/,
    profiles: sevenSlices({ names: [10, 20, 40, 80], memoryMiB: [9984, 20_096, 40_448, 81_152] }),
  },
  {
    models: /^NVIDIA H200$/,
    profiles: sevenSlices({
      names: [18, 35, 71, 141],
      memoryMiB: [16_384, 33_024, 71_168, 143_360],
    }),
  },
  {
    models: /^NVIDIA B200$/,
    profiles: sevenSlices({
      names: [23, 45, 90, 180],
      memoryMiB: [22_528, 45_312, 91_392, 182_784],
    }),
  },
];

const geometries = boards.map(({ models, profiles }) => ({
  models,
  geometry: defineMigGeometry(profiles),
}));

/**
 * What MIG can make of a model, by the name that the driver gives it (`NVIDIA A100-SXM4-40GB`): A100
 * with 40 and 80 GB, A30, H100 with 80 GB, H200, B200. `undefined` for any other, also for relatives
 * with other memory, whose profiles have other names: ask the driver and use `defineMigGeometry`.
 * Where the driver can be asked, do so: what it says about memory and names wins.
 */
export function migGeometryOf(model: string): MigGeometry | undefined {
  return geometries.find(({ models }) => models.test(model))?.geometry;
}
