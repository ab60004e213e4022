import library from '../../tooling/tsup/library.ts';

/** `free-buffers` is for the daemon too, which carries the other half of a session's bytes. */
export default { ...library, entry: ['src/index.ts', 'src/browser.ts', 'src/free-buffers.ts'] };
