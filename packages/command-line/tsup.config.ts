import library from '../../tooling/tsup/library.ts';

/** `events` is what both programs show of what happened. */
export default { ...library, entry: ['src/index.ts', 'src/events.ts'] };
