import library from '../../tooling/tsup/library.ts';

/** `replay` runs the rules over a trace; a daemon needs it only for what an administrator asks. */
export default { ...library, entry: ['src/index.ts', 'src/replay.ts'] };
