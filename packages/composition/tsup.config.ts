import library from '../../tooling/tsup/library.ts';

/** `open` alone is what a program needs that talks to a daemon: it starts fast. */
export default { ...library, entry: ['src/index.ts', 'src/open.ts', 'src/login.ts'] };
