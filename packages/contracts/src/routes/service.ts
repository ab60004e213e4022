import { z } from 'zod';
import { leaseSummarySchema } from '../container.ts';
import { operationIdSchema, operationSchema } from '../http/operation.ts';
import {
  createdTokenSchema,
  newTokenShape,
  tokenIdSchema,
  tokensSchema,
  tokenSchema,
} from '../http/token.ts';
import {
  adminQueueSchema,
  priorityClassSchema,
  queueEntryIdSchema,
  queueEntrySchema,
  queueListSchema,
  simulateOutputSchema,
} from '../queue/queue.ts';
import { eventFilterSchema } from './lifecycle.ts';
import { nextCursorShape, pageShape } from './page.ts';
import {
  callRoute,
  momentMsSchema,
  queryFlagSchema,
  queryIntegerSchema,
  streamRoute,
} from './route.ts';

const nothing = z.strictObject({});
const reasonSchema = z.string().max(500).nullable().default(null);
const nameSchema = z.string().min(1, { error: 'a name can’t be empty' }).max(200);
const byEntry = z.strictObject({ id: queueEntryIdSchema });
const byToken = z.strictObject({ id: tokenIdSchema });
const byOperation = z.strictObject({ id: operationIdSchema });

/** Longest text of settings that is looked at. */
const mostSettings = 262_144;

/** Operations on what serves people: the queue, long work, tokens, leases, metrics. */
export const serviceRoutes = {
  'queue.list': callRoute({
    input: z.strictObject({ mine: queryFlagSchema, ...pageShape }),
    output: queueListSchema.extend(nextCursorShape),
  }),
  'queue.show': callRoute({ input: byEntry, output: queueEntrySchema }),
  'queue.follow': streamRoute({ input: byEntry }),
  'queue.leave': callRoute({ input: byEntry, output: queueEntrySchema }),
  'operations.list': callRoute({
    input: z.strictObject({ running: queryFlagSchema, ...pageShape }),
    output: z.object({ operations: z.array(operationSchema), ...nextCursorShape }),
  }),
  'operations.show': callRoute({ input: byOperation, output: operationSchema }),
  'operations.follow': streamRoute({
    input: byOperation.extend({
      /** Only what comes after this line. */
      afterLine: queryIntegerSchema.nullable().default(null),
    }),
  }),
  'operations.cancel': callRoute({ input: byOperation, output: operationSchema }),
  'tokens.list': callRoute({
    input: z.strictObject({ all: queryFlagSchema, ...pageShape }),
    output: tokensSchema.extend(nextCursorShape),
  }),
  'tokens.create': callRoute({ input: z.strictObject(newTokenShape), output: createdTokenSchema }),
  'tokens.revoke': callRoute({ input: byToken, output: tokenSchema }),
  'tokens.rotate': callRoute({ input: byToken, output: createdTokenSchema }),
  'leases.list': callRoute({
    input: z.strictObject(pageShape),
    output: z.object({ leases: z.array(leaseSummarySchema), ...nextCursorShape }),
  }),
  'images.upload': callRoute({
    input: z.strictObject({
      name: nameSchema,
      /** Path of the Dockerfile in the archive. */
      dockerfile: z.string().min(1).max(500).default('Dockerfile'),
      tag: z.string().min(1).max(128).nullable().default(null),
      noCache: queryFlagSchema,
    }),
    output: operationSchema,
  }),
  'events.export': streamRoute({
    input: eventFilterSchema.extend({
      /** Only what comes after this event. */
      afterId: queryIntegerSchema.nullable().default(null),
    }),
  }),
  'daemon.metrics': streamRoute({ input: nothing }),
  'admin.tokens': callRoute({
    input: z.strictObject({
      user: z.string().min(1).max(256).nullable().default(null),
      all: queryFlagSchema,
      ...pageShape,
    }),
    output: tokensSchema.extend(nextCursorShape),
  }),
  'admin.tokens.create': callRoute({
    input: z.strictObject({ user: z.string().min(1).max(256), ...newTokenShape }),
    output: createdTokenSchema,
  }),
  'admin.tokens.revoke': callRoute({ input: byToken, output: tokenSchema }),
  'admin.tokens.rotate': callRoute({ input: byToken, output: createdTokenSchema }),
  'admin.queue': callRoute({ input: nothing, output: adminQueueSchema }),
  'admin.queue.move': callRoute({
    input: byEntry.extend({ to: z.enum(['first', 'last', 'by-rules']), reason: reasonSchema }),
    output: queueEntrySchema,
  }),
  'admin.queue.priority': callRoute({
    input: byEntry.extend({ priority: priorityClassSchema, reason: reasonSchema }),
    output: queueEntrySchema,
  }),
  'admin.queue.hold': callRoute({
    input: z.strictObject({
      /** `null` is the whole queue. */
      id: queueEntryIdSchema.nullable().default(null),
      on: z.boolean().default(true),
      reason: reasonSchema,
    }),
    output: queueListSchema,
  }),
  'admin.queue.drain': callRoute({
    input: z.strictObject({ on: z.boolean().default(true), reason: reasonSchema }),
    output: queueListSchema,
  }),
  'admin.queue.remove': callRoute({
    input: byEntry.extend({ reason: reasonSchema }),
    output: queueEntrySchema,
  }),
  'admin.simulate': callRoute({
    input: z.strictObject({
      /** Text of a ds01.yaml of which the section `queue` counts; `null` is what is in force. */
      settings: z.string().max(mostSettings).nullable().default(null),
      sinceMs: momentMsSchema,
    }),
    output: simulateOutputSchema,
  }),
} as const;
