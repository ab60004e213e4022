/** One name of each model whose placements this package knows. */
export const models = [
  'NVIDIA A100-SXM4-40GB',
  'NVIDIA A100-SXM4-80GB',
  'NVIDIA A30',
  'NVIDIA H100 80GB HBM3',
  'NVIDIA H200',
  'NVIDIA B200',
] as const;
