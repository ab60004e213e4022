/** What a workspace folder is in the architecture; see ARCHITECTURE.md. */
export type Layer =
  | 'contracts'
  | 'ports'
  | 'pure'
  | 'scheduler'
  | 'as-user'
  | 'adapter'
  | 'control-plane'
  | 'client'
  | 'command-line'
  | 'composition'
  | 'app'
  | 'tooling';

const layerOfPackage: Readonly<Record<string, Layer>> = {
  contracts: 'contracts',
  ports: 'ports',
  'gpu-allocator': 'pure',
  limits: 'pure',
  'dockerfile-builder': 'pure',
  lifecycle: 'pure',
  scheduler: 'scheduler',
  'as-user': 'as-user',
  'docker-engine': 'adapter',
  'gpu-inventory': 'adapter',
  store: 'adapter',
  'linux-host': 'adapter',
  messengers: 'adapter',
  'control-plane': 'control-plane',
  client: 'client',
  'command-line': 'command-line',
  composition: 'composition',
};

/** The layer of a workspace folder such as `packages/limits`; undefined for a package not listed. */
export const layerOf = (folder: string): Layer | undefined => {
  const [area, name = ''] = folder.split('/');
  if (area === 'apps') return 'app';
  if (area === 'tooling') return 'tooling';
  return layerOfPackage[name];
};

interface Permission {
  /** Layers whose values and types may be imported. */
  readonly values: readonly Layer[];
  /** Layers of which types alone may be imported. */
  readonly types?: readonly Layer[];
  /** Layers that tests may import beyond that: fakes, and tools that start the real thing. */
  readonly tests: readonly Layer[];
  /** Layers that tests under `e2e/` may import beyond that. */
  readonly endToEnd?: readonly Layer[];
}

const everyPackage: readonly Layer[] = [
  'contracts',
  'ports',
  'pure',
  'scheduler',
  'as-user',
  'adapter',
  'control-plane',
  'client',
  'command-line',
];

/** The direction of imports: what each layer may import from another workspace folder. */
export const permissions: Readonly<Record<Layer, Permission>> = {
  contracts: { values: [], tests: [] },
  ports: { values: ['contracts'], tests: [] },
  pure: {
    values: ['contracts'],
    types: ['pure'],
    tests: [],
    endToEnd: ['ports', 'adapter', 'tooling'],
  },
  // As pure as they are, and the one that stands on another: a turn gives what the allocator would.
  scheduler: { values: ['contracts', 'pure'], tests: [] },
  'as-user': { values: ['contracts', 'ports'], tests: ['tooling'] },
  adapter: { values: ['contracts', 'ports', 'as-user'], tests: ['tooling'] },
  'control-plane': {
    values: ['contracts', 'ports', 'pure', 'scheduler'],
    tests: ['adapter', 'tooling'],
  },
  client: { values: ['contracts'], types: ['ports'], tests: ['tooling'] },
  'command-line': { values: ['contracts'], tests: [] },
  composition: {
    values: ['contracts', 'ports', 'adapter', 'control-plane', 'client'],
    tests: ['tooling'],
  },
  app: { values: [...everyPackage, 'composition'], tests: ['tooling'] },
  tooling: { values: [...everyPackage, 'composition', 'tooling'], tests: [] },
};
