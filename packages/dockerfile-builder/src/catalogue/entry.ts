/** What a base image uses to compute. */
export type Accelerator = 'cuda' | 'rocm' | 'none';

/** A base image that can be built on. */
export interface CatalogueEntry {
  /** Canonical, lower case: `pytorch`, `tensorflow`, `jax`, `python`, ... */
  readonly framework: string;
  /** The framework's; of NVIDIA's JAX and of RAPIDS the release, such as `25.04`. */
  readonly version: string;
  /**
   * Generations of GPUs that it is made for: `ada`, `ampere`, `blackwell`; `cuda` are those before
   * Ampere; `rocm5` and `rocm6` are AMD's. Empty: every one that its CUDA version knows, or none.
   */
  readonly architectures: readonly string[];
  /** What `FROM` gets. */
  readonly image: string;
  readonly accelerator: Accelerator;
  /** CUDA version inside; `null` without, or unknown. */
  readonly cuda: string | null;
  /** Python version inside, `3.12`; `null` without, or unknown. */
  readonly python: string | null;
  /** PEP 508: what must be installed to make the image what its name says; mostly nothing. */
  readonly packages: readonly string[];
  readonly source: 'built-in' | 'site';
}

/** Other names of frameworks. */
const aliases: Readonly<Record<string, string>> = {
  torch: 'pytorch',
  'torch-cpu': 'pytorch-cpu',
  'pytorch-gpu': 'pytorch',
  tf: 'tensorflow',
  'tf-cpu': 'tensorflow-cpu',
  'tensorflow-gpu': 'tensorflow',
  python3: 'python',
  py: 'python',
  minimal: 'python',
  rocker: 'r',
  'r-base': 'r',
  nvidia: 'cuda',
  'cuda-base': 'cuda',
  mx: 'mxnet',
};

/**
 * The canonical name of a framework, whatever its case: `Torch` is `pytorch`, `tf` is `tensorflow`.
 * Names that are not known here come back in lower case.
 */
export function normaliseFramework(name: string): string {
  const lower = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s_]+/g, '-');
  return aliases[lower] ?? lower;
}
