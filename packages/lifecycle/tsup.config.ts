import library from '../../tooling/tsup/library.ts';

/** `traces` replays recorded activity; a daemon doesn't need it. */
export default { ...library, entry: ['src/index.ts', 'src/traces.ts'] };
