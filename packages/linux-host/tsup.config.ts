import library from '../../tooling/tsup/library.ts';

/** The gate is one file of its own, so that it can be installed and started alone. */
export default [
  library,
  { ...library, entry: { gate: 'src/gate/main.ts' }, splitting: false, sourcemap: false },
];
