import library from '../../tooling/tsup/library.ts';

/** `core` is what needs no schema, for programs that have to start fast. */
export default { ...library, entry: ['src/index.ts', 'src/core.ts'] };
