interface KnownBase {
  /** How the reference of the image begins; empty for any. */
  readonly image: string;
  readonly frameworks: readonly string[];
  readonly packages: readonly string[];
}

/**
 * What images contain in every version: the framework itself wherever one is said, the rest for those
 * who publish it.
 */
const knownBases: readonly KnownBase[] = [
  { image: '', frameworks: ['pytorch'], packages: ['torch'] },
  { image: '', frameworks: ['tensorflow', 'tensorflow-cpu'], packages: ['tensorflow', 'numpy'] },
  { image: '', frameworks: ['jax'], packages: ['jax', 'jaxlib', 'numpy'] },
  {
    image: 'pytorch/pytorch:',
    frameworks: ['pytorch'],
    packages: ['torchvision', 'torchaudio', 'numpy', 'pillow'],
  },
  {
    image: 'tensorflow/tensorflow:',
    frameworks: ['tensorflow', 'tensorflow-cpu'],
    packages: ['keras', 'tensorboard', 'h5py', 'protobuf'],
  },
  {
    image: 'aimehub/pytorch-',
    frameworks: ['pytorch'],
    packages: ['torchvision', 'torchaudio', 'numpy', 'pillow', 'tqdm', 'ipython', 'psutil'],
  },
  {
    image: 'aimehub/tensorflow-',
    frameworks: ['tensorflow'],
    packages: ['keras', 'tensorboard', 'tqdm', 'ipython', 'psutil'],
  },
];

/**
 * PEP 503 names of the Python packages that a base is known to contain; empty for a base that says
 * no framework. What is missing here is merely asked for again, and found there by pip.
 */
export function basePackages(base: {
  readonly framework: string | null;
  readonly image: string;
}): ReadonlySet<string> {
  const fitting = knownBases.filter(
    ({ image, frameworks }) =>
      base.image.startsWith(image) && frameworks.includes(base.framework ?? ''),
  );
  return new Set(fitting.flatMap(({ packages }) => packages));
}
