import { z } from 'zod';
import { containerSummarySchema } from '../container.ts';

const instant = z.iso.datetime().nullable();

/** What can keep a container from being idle. */
export const activitySignalSchema = z.enum(['gpu', 'cpu', 'network', 'input', 'keep-alive']);
/** What can keep a container from being idle. */
export type ActivitySignal = z.infer<typeof activitySignalSchema>;

/** A rule of the life of containers. */
export const lifecycleRuleSchema = z.enum([
  'idle',
  'max-runtime',
  'gpu-hold',
  'container-hold',
  'never-started',
]);
/** A rule of the life of containers. */
export type LifecycleRule = z.infer<typeof lifecycleRuleSchema>;

/** Where a limit that a rule goes by was written. */
export const ruleLimitSchema = z.object({
  /** `idle_timeout_h`, or `container_types.api.idle_timeout_h`. */
  key: z.string(),
  /** In the unit of the key; `null` is no limit. */
  value: z.number().nullable(),
  layer: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
});
/** Where a limit that a rule goes by was written. */
export type RuleLimit = z.infer<typeof ruleLimitSchema>;

/** One signal as it is now. */
export const signalViewSchema = z.object({
  signal: activitySignalSchema,
  /** Slot of a GPU, else `null`. */
  subject: z.string().nullable(),
  /** Percent, bytes in the window, or seconds since the last input; `null` is unknown. */
  value: z.number().nullable(),
  unit: z.enum(['percent', 'bytes', 'seconds']),
  threshold: z.number().nullable(),
  /** Unknown counts as active where idleness can't be told. */
  active: z.boolean(),
  message: z.string(),
});
/** One signal as it is now. */
export type SignalView = z.infer<typeof signalViewSchema>;

/** What one rule will do with a container. */
export const ruleViewSchema = z.object({
  rule: lifecycleRuleSchema,
  applies: z.boolean(),
  /** `null` where no limit decides. */
  limit: ruleLimitSchema.nullable(),
  /** When it acts as things stand; `null` when it won't. */
  actsAt: instant,
  /** Warnings to come, and those given. */
  warnings: z.array(z.object({ at: z.iso.datetime(), given: z.boolean() })),
  /** In a sentence: what it will do, or why it won't. */
  message: z.string(),
  /** What moves `actsAt` away, each in a sentence; a command where there is one. */
  postponedBy: z.array(z.string()),
});
/** What one rule will do with a container. */
export type RuleView = z.infer<typeof ruleViewSchema>;

/** `container explain`: when a container will be stopped, why, and what postpones it. */
export const explainOutputSchema = z.object({
  container: containerSummarySchema,
  /** It has a GPU: the rules apply. */
  ephemeral: z.boolean(),
  /** Why no rule acts; `null` when they do. */
  exemption: z.string().nullable(),
  /** The server is in high demand, which shortens idle timeouts. */
  highDemand: z.boolean(),
  /** An administrator paused the rules until then. */
  pausedUntil: instant,
  /** Total running time that counts, in milliseconds; `null` before it ever ran. */
  ranForMs: z.int().nullable(),
  lastActiveAt: instant,
  lastActiveBy: activitySignalSchema.nullable(),
  /** Empty until it was measured. */
  signals: z.array(signalViewSchema),
  rules: z.array(ruleViewSchema),
  next: z
    .object({ rule: lifecycleRuleSchema, at: z.iso.datetime(), message: z.string() })
    .nullable(),
});
/** `container explain`. */
export type ExplainOutput = z.infer<typeof explainOutputSchema>;
