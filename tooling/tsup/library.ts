import type { Options } from 'tsup';

/**
 * A library: one ES module with a source map, dependencies left to the installer. Declarations come
 * from `tsc -b` (TypeScript 7 has no compiler API for a bundler to call).
 */
const library: Options = {
  entry: ['src/index.ts'],
  format: 'esm',
  target: 'node24',
  platform: 'node',
  dts: false,
  clean: false,
  sourcemap: true,
  splitting: true,
  removeNodeProtocol: false,
};

export default library;
