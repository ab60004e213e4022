/** What a machine learning project has that never belongs into an image. */
const patterns = [
  ['Version control and editors', '.git', '.gitattributes', '.idea', '.vscode', '**/.DS_Store'],
  ['Data, models and checkpoints: they stay in the workspace', 'data', 'datasets', 'models'],
  ['', 'checkpoints', '**/*.pt', '**/*.pth', '**/*.ckpt', '**/*.safetensors', '**/*.bin'],
  ['', '**/*.h5', '**/*.hdf5', '**/*.onnx', '**/*.gguf', '**/*.npy', '**/*.npz', '**/*.parquet'],
  ['', '**/*.pkl', '**/*.tar', '**/*.tar.gz', '**/*.zip'],
  [
    'Results',
    'outputs',
    'results',
    'runs',
    'logs',
    'wandb',
    'mlruns',
    'lightning_logs',
    '**/*.log',
  ],
  ['Caches and environments', '.cache', '**/__pycache__', '**/*.pyc', '**/.ipynb_checkpoints'],
  ['', '.pytest_cache', '.mypy_cache', '.ruff_cache', '.venv', 'venv', 'env', 'node_modules'],
  ['Secrets', '**/.env', '**/.env.*', '**/*.pem', '**/id_rsa', '**/id_ed25519', '.netrc'],
] as const;

/** Text of a `.dockerignore` for a machine learning project; ends with a line break. */
export function starterDockerignore(): string {
  const lines = patterns.flatMap(([title, ...names]) =>
    title === '' ? names : ['', `# ${title}`, ...names],
  );
  return `${lines.slice(1).join('\n')}\n`;
}
