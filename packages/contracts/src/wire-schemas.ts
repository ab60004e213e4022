import { z } from 'zod';
import { problemSchema } from './problem.ts';

/** One line of an answer with progress; the last one has `result` or `error`. */
export const progressLineSchema = z.union([
  z.strictObject({ progress: z.string() }),
  z.strictObject({ error: problemSchema }),
  z.strictObject({ result: z.unknown() }),
]);

/** Payload of a resize frame. */
export const resizeFrameSchema = z.strictObject({
  columns: z.int().min(0).max(65_535),
  rows: z.int().min(0).max(65_535),
});

/** Payload of an exit frame; `null` when the exit code isn't known. */
export const exitFrameSchema = z.strictObject({ exitCode: z.int().nullable() });

/** Signals that may be sent to a process inside. */
export const sessionSignalSchema = z.enum([
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGPIPE',
  'SIGUSR1',
  'SIGUSR2',
]);
/** A signal that may be sent to a process inside. */
export type SessionSignal = z.infer<typeof sessionSignalSchema>;
