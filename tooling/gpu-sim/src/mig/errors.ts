import type { Answer } from '../render/answer-types.ts';

/**
 * Errors of NVML that the MIG commands meet, with the words that the tool prints and its exit code.
 * The tool's manual lists codes up to 15; the higher ones are those of NVML itself, which is what
 * the tool returns where it was seen (18 for a driver mismatch).
 */
export const migErrors = {
  invalidArgument: { words: 'Invalid Argument', exitCode: 2 },
  notSupported: { words: 'Not Supported', exitCode: 3 },
  noPermission: { words: 'Insufficient Permissions', exitCode: 4 },
  notFound: { words: 'Not Found', exitCode: 6 },
  inUse: { words: 'In use by another client', exitCode: 19 },
  insufficientResources: { words: 'Insufficient Resources', exitCode: 23 },
} as const;

/** One of {@link migErrors}. */
export type MigError = (typeof migErrors)[keyof typeof migErrors];

/**
 * What a changing command prints: what was done before, the step that failed, and the sum. The tool
 * stops at the first failure and leaves what is done.
 */
export const failedAfter = (
  done: readonly string[],
  failure: { readonly step: string; readonly sum: string; readonly error: MigError },
): Answer => ({
  stdout: [
    ...done,
    `${failure.step}: ${failure.error.words}`,
    `${failure.sum}: ${failure.error.words}`,
    '',
  ].join('\n'),
  exitCode: failure.error.exitCode,
});

/** What a changing command prints when all went well. */
export const allDone = (lines: readonly string[]): Answer => ({
  stdout: lines.map((line) => `${line}\n`).join(''),
  exitCode: 0,
});
