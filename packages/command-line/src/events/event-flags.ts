import type { FlagSpec } from '../flags.ts';

/** Flags of `events`, in both programs. */
export const eventFlags: readonly FlagSpec[] = [
  { flags: '-f, --follow', description: 'go on as things happen' },
  { flags: '--since <time>', description: 'from then on: 2h (ago), today, 2026-11-22, 14:30' },
  { flags: '--until <time>', description: 'up to then; a day counts to its end' },
  { flags: '--type <prefix>', description: 'only these types: gpu, lifecycle.idle' },
  { flags: '--container <name>', description: 'only of this container' },
  { flags: '--limit <n>', description: 'at most the last n (50)' },
  { flags: '--summary', description: 'how many of which type and day' },
];
