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

/** Bytes that may be under way to whoever says with `taken` how far they are. */
const windowBytesSchema = z.int().min(65_536).max(16_777_216);

/** First message of a client over a WebSocket, a text: what other ways have as the body. */
export const sessionOpeningSchema = z.strictObject({
  input: z.record(z.string(), z.unknown()),
  /** Then no more is sent while so many bytes were not told to be taken; without one TCP alone holds back. */
  windowBytes: windowBytesSchema.optional(),
});
/** First message of a client over a WebSocket. */
export type SessionOpening = z.infer<typeof sessionOpeningSchema>;

/** First message of the daemon, a text: the process runs. */
export const sessionOpenedSchema = z.object({
  requestId: z.string(),
  version: z.string(),
  /** Whether the process has a terminal of its own; `null` for what is no process. */
  tty: z.boolean().nullable(),
  /** As many bytes the client may have under way, where it gave a window itself. */
  windowBytes: windowBytesSchema,
});
/** First message of the daemon over a WebSocket. */
export type SessionOpened = z.infer<typeof sessionOpenedSchema>;

/** Each further text, of both sides: bytes of binary messages that were taken, from the first on. */
export const sessionTakenSchema = z.strictObject({ taken: z.int().min(0) });
