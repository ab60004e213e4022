/** Generations of NVIDIA's GPUs, oldest first. */
export const gpuArchitectures = [
  'kepler',
  'maxwell',
  'pascal',
  'volta',
  'turing',
  'ampere',
  'ada',
  'hopper',
  'blackwell',
] as const;
/** A generation of NVIDIA's GPUs. */
export type GpuArchitecture = (typeof gpuArchitectures)[number];

/**
 * Names of models, first match wins: marketing names repeat numbers, so that longer ones come first.
 * NVIDIA, "CUDA GPU Compute Capability".
 */
const models: readonly (readonly [RegExp, GpuArchitecture])[] = [
  [/\b(?:G?B[123]\d\d)\b|\bRTX PRO\b|\bRTX 50\d\d\b|\bBlackwell\b|\bThor\b/i, 'blackwell'],
  [/\b(?:GH200|H[12]00|H[28]0{1,2}|H20)\b|\bHopper\b/i, 'hopper'],
  [/\bAda\b|\bL(?:2|4|20|40S?|40G)\b|\bRTX 40\d\d\b/i, 'ada'],
  [
    /\bA(?:2|10[GM]?|16|30X?|40|100X?|800)\b|\bRTX A\d{3,4}\b|\bRTX 30\d\d\b|\bOrin\b|\bPG\d{3}\b/i,
    'ampere',
  ],
  [
    /\bT4G?\b|\bT(?:400|500|550|600|1000|1200)\b|\bRTX (?:20\d\d|[345680]000)\b|\bTITAN RTX\b|\bGTX 16\d\d\b/i,
    'turing',
  ],
  [/\bV100S?\b|\bTITAN V\b|\bGV100\b/i, 'volta'],
  [/\bP(?:4|6|40|100)\b|\bGTX 10\d\d\b|\bTITAN Xp?\b|\bQuadro P\d{3,4}\b|\bGP100\b/i, 'pascal'],
  [/\bM(?:4|6|10|40|60)\b|\bGTX (?:9\d\d|750)\b|\bQuadro M\d{3,4}\b/i, 'maxwell'],
  [/\bK(?:10|20[cmx]?|40[cm]?|80)\b|\bGTX (?:6|7)\d\d\b|\bQuadro K\d{3,4}\b/i, 'kepler'],
];

/** The generation of a GPU by its model as the driver says it; `null` for models not known here. */
export function architectureOfGpu(model: string): GpuArchitecture | null {
  return models.find(([pattern]) => pattern.test(model))?.[1] ?? null;
}

const capabilities: readonly (readonly [number, GpuArchitecture])[] = [
  [10, 'blackwell'],
  [9, 'hopper'],
  [8.9, 'ada'],
  [8, 'ampere'],
  [7.5, 'turing'],
  [7, 'volta'],
  [6, 'pascal'],
  [5, 'maxwell'],
  [3, 'kepler'],
];

/** The generation of a compute capability such as `8.6`; `null` below 3.0 or when it is no number. */
export function architectureOfCapability(capability: string): GpuArchitecture | null {
  const value = Number(capability);
  return capabilities.find(([from]) => value >= from)?.[1] ?? null;
}

/** How many generations later than the first one it came. */
export function generationOf(architecture: GpuArchitecture): number {
  return gpuArchitectures.indexOf(architecture);
}

/** Narrows a name of a generation; `null` for anything else, such as `rocm6`. */
export function parseGpuArchitecture(name: string): GpuArchitecture | null {
  return gpuArchitectures.find((architecture) => architecture === name) ?? null;
}
