/** A MIG profile as `nvidia-smi mig -lgip` and `-lgipp` describe it. */
export interface BoardProfile {
  readonly name: string;
  readonly memoryGb: number;
  readonly computeSlices: number;
  readonly starts: readonly number[];
  readonly size: number;
}

/** A GPU model with what MIG can make of it; no profiles where there is no MIG. */
export interface Board {
  readonly model: string;
  readonly memoryGb: number;
  /** Weight of one compute slice in 28ths of a GPU. */
  readonly unitsPerSlice: number;
  readonly profiles: readonly BoardProfile[];
}

/** Weight of a whole GPU: 28 is divisible by 7 and by 4. */
export const unitsPerGpu = 28;

const seventh = [0, 1, 2, 3, 4, 5, 6];

function eightSlices(memoryGb: number, names: readonly string[]): readonly BoardProfile[] {
  const shapes = [
    { computeSlices: 1, starts: seventh, size: 1 },
    { computeSlices: 1, starts: seventh, size: 1 },
    { computeSlices: 1, starts: [0, 2, 4, 6], size: 2 },
    { computeSlices: 2, starts: [0, 2, 4], size: 2 },
    { computeSlices: 3, starts: [0, 4], size: 4 },
    { computeSlices: 4, starts: [0], size: 4 },
    { computeSlices: 7, starts: [0], size: 8 },
  ];
  return shapes.map((shape, row) => ({
    ...shape,
    name: names[row] ?? '',
    memoryGb: (memoryGb / 8) * shape.size,
  }));
}

/** The boards that generated inventories are made of. */
export const boards: readonly Board[] = [
  {
    model: 'NVIDIA A100-SXM4-40GB',
    memoryGb: 40,
    unitsPerSlice: 4,
    profiles: eightSlices(40, [
      '1g.5gb',
      '1g.5gb+me',
      '1g.10gb',
      '2g.10gb',
      '3g.20gb',
      '4g.20gb',
      '7g.40gb',
    ]),
  },
  {
    model: 'NVIDIA H100 80GB HBM3',
    memoryGb: 80,
    unitsPerSlice: 4,
    profiles: eightSlices(80, [
      '1g.10gb',
      '1g.10gb+me',
      '1g.20gb',
      '2g.20gb',
      '3g.40gb',
      '4g.40gb',
      '7g.80gb',
    ]),
  },
  {
    model: 'NVIDIA A30',
    memoryGb: 24,
    unitsPerSlice: 7,
    profiles: [
      { name: '1g.6gb', memoryGb: 6, computeSlices: 1, starts: [0, 1, 2, 3], size: 1 },
      { name: '1g.6gb+me', memoryGb: 6, computeSlices: 1, starts: [0, 1, 2, 3], size: 1 },
      { name: '2g.12gb', memoryGb: 12, computeSlices: 2, starts: [0, 2], size: 2 },
      { name: '4g.24gb', memoryGb: 24, computeSlices: 4, starts: [0], size: 4 },
    ],
  },
  { model: 'NVIDIA L40S', memoryGb: 48, unitsPerSlice: 7, profiles: [] },
];
