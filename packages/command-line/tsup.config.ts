import library from '../../tooling/tsup/library.ts';

/** `events` and `queue` are what both programs show of what happened, and of who waits. */
export default { ...library, entry: ['src/index.ts', 'src/events.ts', 'src/queue.ts'] };
