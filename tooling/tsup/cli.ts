import type { Options } from 'tsup';

type Plugin = NonNullable<Options['esbuildPlugins']>[number];

/** Packages that load native code or files next to themselves and can't be put into a bundle. */
const unbundled = 'dockerode|ssh2|cpu-features|koffi';

const shims: Readonly<Record<string, string>> = {
  process: 'export default globalThis.process;',
  child_process: `
    const load = () => process.getBuiltinModule('node:child_process');
    export default new Proxy({}, { get: (_, name) => load()[name], has: (_, name) => name in load() });
  `,
};

/**
 * commander imports `node:process` and `node:child_process` whole. The first touches every standard
 * stream and the second is needed for external subcommands only: together half of what commander
 * costs at start. Both are replaced by stand-ins that load on first use, in commander alone.
 */
const lazyBuiltins: Plugin = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^(node:)?(child_process|process)$/ }, (request) =>
      request.importer.includes('/node_modules/commander/')
        ? { path: request.path.replace('node:', ''), namespace: 'lazy-builtin' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, (request) => ({
      contents: shims[request.path] ?? '',
      loader: 'js',
    }));
  },
};

/** Modules of Node with exports that load a lot as soon as they are read. */
const withCostlyExports = ['http', 'crypto'] as const;

/**
 * An ES import of a built-in module reads every export of it, getters too: `WebSocket` of `node:http`
 * loads all of undici, `webcrypto` of `node:crypto` what it consists of. These stand-ins have the plain
 * values alone, and by default the module itself, of which nothing is read.
 */
const plainExportsOnly: Plugin = {
  name: 'plain-exports-only',
  setup(build) {
    const namespace = 'plain-exports';
    const filter = new RegExp(`^node:(?:${withCostlyExports.join('|')})$`);
    build.onResolve({ filter }, ({ path }) => ({ path, namespace }));
    build.onLoad({ filter: /.*/, namespace }, ({ path }) => ({
      contents: renderPlainExports(path),
      loader: 'js',
    }));
  },
};

function renderPlainExports(module: string): string {
  const descriptors = Object.getOwnPropertyDescriptors(process.getBuiltinModule(module) ?? {});
  const names = Object.keys(descriptors).filter((name) => 'value' in (descriptors[name] ?? {}));
  const lines = names.map((name) => `export const ${name} = loaded.${name};`);
  const head = `const loaded = process.getBuiltinModule('${module}');\nexport default loaded;`;
  return `${head}\n${lines.join('\n')}`;
}

/** zod brings its messages in every language, a third of its size; we use the English ones. */
const englishOnly: Plugin = {
  name: 'english-only',
  setup(build) {
    const namespace = 'no-locales';
    build.onResolve({ filter: /\/locales\/index\.js$/ }, ({ path, importer }) =>
      importer.includes('/node_modules/zod/') ? { path, namespace } : undefined,
    );
    build.onLoad({ filter: /.*/, namespace }, () => ({ contents: 'export {};', loader: 'js' }));
  },
};

/**
 * A command-line program: `src/main.ts` and everything it needs in one folder, read from the sources
 * of the workspace and split, so that each dynamic import is a chunk of its own. A single file is
 * slower to start (docs/adr/0001-toolchain.md).
 */
const commandLine: Options = {
  entry: ['src/main.ts'],
  format: 'esm',
  target: 'node24',
  platform: 'node',
  dts: false,
  clean: false,
  sourcemap: true,
  splitting: true,
  removeNodeProtocol: false,
  noExternal: [new RegExp(`^(?!(?:node:|(?:${unbundled})(?:/|$)))`)],
  esbuildOptions: (options) => {
    options.conditions = ['@ds01/source', 'module', 'import', 'node'];
  },
  esbuildPlugins: [lazyBuiltins, plainExportsOnly, englishOnly],
  banner: {
    js: "const require = process.getBuiltinModule('node:module').createRequire(import.meta.url);",
  },
};

export default commandLine;
