import { z } from 'zod';
import { problemSchema } from '../problem.ts';

const instant = z.iso.datetime();

/** Id of long work: `o` and 20 characters that sort by time. */
export const operationIdSchema = z
  .string()
  .regex(/^o[0-9a-z]{20}$/, { error: 'the id of an operation' });

/** How long work stands. */
export const operationStateSchema = z.enum(['running', 'succeeded', 'failed', 'cancelled']);
/** How long work stands. */
export type OperationState = z.infer<typeof operationStateSchema>;

/** Long work, or a change that was asked for with an `Idempotency-Key`. */
export const operationSchema = z.object({
  id: z.string(),
  /** Id of the route that it came by. */
  route: z.string(),
  /** What it is about: a container, an image; `null` without. */
  object: z.string().nullable(),
  state: operationStateSchema,
  startedAt: instant,
  finishedAt: instant.nullable(),
  /** How many lines of progress there are, and the last of them. */
  lines: z.int(),
  progress: z.string().nullable(),
  /** What the route answers, once it succeeded. */
  result: z.unknown().nullable(),
  /** Why it failed or was cancelled. */
  error: problemSchema.nullable(),
});
/** Long work. See {@link operationSchema}. */
export type OperationView = z.infer<typeof operationSchema>;

/** One event of `operations.follow`; `id` is the number of the line. */
export const operationLineSchema = z.union([
  z.strictObject({ line: z.int(), progress: z.string() }),
  z.strictObject({ line: z.int(), operation: operationSchema }),
]);
