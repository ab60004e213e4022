/** PEP 503 names of what official and AIME images of a framework contain in every version. */
const byFramework: Readonly<Record<string, readonly string[]>> = {
  pytorch: ['torch', 'torchvision', 'torchaudio', 'numpy', 'pillow'],
  tensorflow: ['tensorflow', 'keras', 'tensorboard', 'numpy', 'h5py', 'protobuf'],
  jax: ['jax', 'jaxlib', 'numpy', 'scipy'],
  mxnet: ['mxnet', 'numpy'],
};

/** What AIME's images have beside their framework. */
const ofAime: readonly string[] = ['ipython', 'psutil', 'tqdm', 'pillow', 'numpy'];

/**
 * PEP 503 names of the Python packages that a base is known to contain; empty for a base that says
 * no framework. Only what all versions have: what is missing here is merely installed again.
 */
export function basePackages(base: {
  readonly framework: string | null;
  readonly image: string;
}): ReadonlySet<string> {
  const known = byFramework[base.framework ?? ''] ?? [];
  const aime = known.length > 0 && base.image.startsWith('aimehub/') ? ofAime : [];
  return new Set([...known, ...aime]);
}
