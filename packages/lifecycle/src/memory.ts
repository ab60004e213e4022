import { activitySignalSchema } from '@ds01/contracts/lifecycle';
import { z } from 'zod';
import type { LifecycleMemory } from './types.ts';

const moment = z.number();

const sampleSchema = z.object({
  atMs: moment,
  spanMs: z.number(),
  slots: z.array(
    z.object({
      slot: z.string(),
      utilizationPercent: z.number().nullable(),
      inUse: z.boolean().nullable(),
    }),
  ),
  cpuPercent: z.number().nullable(),
  networkBytes: z.number().nullable(),
  inputAtMs: moment.nullable(),
});

const warningSchema = z
  .object({ step: z.union([z.literal(1), z.literal(2)]), atMs: moment, stopsAtMs: moment })
  .nullable();

/**
 * What is remembered of a container, as it is stored (JSON). A memory of another shape is refused:
 * evaluate without one then, as if the container were seen for the first time.
 */
export const lifecycleMemorySchema: z.ZodType<LifecycleMemory> = z.object({
  evaluatedAtMs: moment,
  ranForMs: z.number().nonnegative(),
  startedAtMs: moment.nullable(),
  wasRunning: z.boolean(),
  idleSinceMs: moment,
  evidenceAtMs: moment,
  lastActiveAtMs: moment.nullable(),
  lastActiveBy: activitySignalSchema.nullable(),
  samples: z.array(sampleSchema),
  idleWarning: warningSchema,
  runtimeWarning: warningSchema,
  noticed: z.array(z.enum(['idle', 'max-runtime'])),
  asked: z.object({ what: z.string(), atMs: moment }).nullable(),
  keepAlive: z.object({ askedMs: moment, untilMs: moment }).nullable(),
  heldBack: z.boolean(),
  dueAtMs: moment.nullable(),
});
