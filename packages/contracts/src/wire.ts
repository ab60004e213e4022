import { z } from 'zod';
import { problemSchema } from './errors.ts';

/** Media type of an answer that begins with lines of progress. */
export const progressMediaType = 'application/x-ndjson';

/** Protocol name of an upgraded connection. */
export const sessionProtocol = 'ds01-session/1';

/** Headers of DS01's own. */
export const wireHeaders = {
  requestId: 'x-request-id',
  /** Version of the program that calls. */
  clientVersion: 'ds01-client-version',
  /** Version of the daemon that answers. */
  serverVersion: 'ds01-version',
  /** Account that an administrator acts for. */
  actFor: 'ds01-user',
} as const;

/** One line of an answer with progress; the last one has `result` or `error`. */
export const progressLineSchema = z.union([
  z.strictObject({ progress: z.string() }),
  z.strictObject({ error: problemSchema }),
  z.strictObject({ result: z.unknown() }),
]);

/** Kinds of frames: one byte, before the payload's length as 32 bits, big-endian. */
export const frameKinds = {
  /** To the process; an empty one is the end of its input. */
  stdin: 0,
  stdout: 1,
  stderr: 2,
  /** {@link resizeFrameSchema} as JSON. */
  resize: 3,
  /** Name of a signal, such as `SIGINT`. */
  signal: 4,
  /** {@link exitFrameSchema} as JSON; the last frame. */
  exit: 5,
  /** A problem as JSON; the last frame. */
  error: 6,
} as const;

/** Bytes before a frame's payload. */
export const frameHeaderBytes = 5;

/** Longest payload of one frame. */
export const maxFrameBytes = 1_048_576;

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
