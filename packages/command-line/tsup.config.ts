import library from '../../tooling/tsup/library.ts';

/** `events`, `queue` and `tokens` are what both programs show of what happened, who waits, and tokens. */
export default {
  ...library,
  entry: ['src/index.ts', 'src/events.ts', 'src/queue.ts', 'src/tokens.ts'],
};
