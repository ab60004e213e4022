import { z } from 'zod';
import { containerOutputSchema, doctorOutputSchema } from '../output.ts';
import { configProblemSchema } from '../limits.ts';
import {
  actedOnSchema,
  exemptionViewSchema,
  groupViewSchema,
  hostGpuProcessSchema,
  lifecyclePlanSchema,
  lifecycleRunSchema,
  limitChangeSchema,
  overviewSchema,
  ruleRunSchema,
  workloadSchema,
} from '../lifecycle/admin-views.ts';
import { explainOutputSchema, lifecycleRuleSchema } from '../lifecycle/explanation.ts';
import { extendOutputSchema } from './lifecycle.ts';
import { pageCursorShape, pageShape } from './page.ts';
import { callRoute, momentMsSchema, queryIntegerSchema } from './route.ts';

const nothing = z.strictObject({});
const userSchema = z.string().min(1).max(256);
const reasonSchema = z.string().max(500).nullable().default(null);
const untilSchema = momentMsSchema.positive().nullable().default(null);
const instant = z.iso.datetime().nullable();
/** Docker name, id, the beginning of an id, or `<user>/<name>`. */
const container = z.string().min(1).max(300);
const durationMs = z
  .int()
  .min(1)
  .max(366 * 24 * 3_600_000);

/** Twenty thousand people; more, written badly on purpose, would hold everybody else up for seconds. */
const mostCharactersToDiff = 524_288;

/** Several containers acted upon. */
const actedOnListSchema = z.object({ containers: z.array(actedOnSchema) });

/** What an administrator's change of files did. */
const fileChangeSchema = z.object({
  /** The file that was written, or would be in a dry run; `null` when nothing had to change. */
  file: z.string().nullable(),
  message: z.string(),
});

/** `admin.extensions`: a request for more runtime. */
const extensionRequestSchema = z.object({
  user: z.string(),
  container: z.string(),
  byMs: z.int(),
  reason: z.string().nullable(),
  requestedAt: z.iso.datetime(),
  stopsAt: instant,
});

/** Operations of administrators about the life of containers and the policy. */
export const adminRoutes = {
  'admin.overview': callRoute({ input: nothing, output: overviewSchema }),
  'admin.workloads': callRoute({
    input: nothing,
    output: z.object({
      workloads: z.array(workloadSchema),
      hostProcesses: z.array(hostGpuProcessSchema),
    }),
  }),
  'admin.doctor.fix': callRoute({
    input: nothing,
    output: doctorOutputSchema.extend({
      mended: z.array(z.object({ id: z.string(), done: z.boolean(), message: z.string() })),
    }),
  }),
  'admin.containers.stop': callRoute({
    input: z.strictObject({
      container,
      force: z.boolean().default(false),
      timeoutSeconds: z.int().min(0).max(86_400).nullable().default(null),
      reason: reasonSchema,
    }),
    output: containerOutputSchema,
  }),
  'admin.containers.remove': callRoute({
    input: z.strictObject({ container, force: z.boolean().default(false), reason: reasonSchema }),
    output: containerOutputSchema,
  }),
  'admin.containers.protect': callRoute({
    input: z.strictObject({ container, on: z.boolean().default(true), reason: reasonSchema }),
    output: containerOutputSchema,
  }),
  'admin.containers.adopt': callRoute({
    input: z.strictObject({ container, user: userSchema, reason: reasonSchema }),
    output: containerOutputSchema,
  }),
  'admin.containers.explain': callRoute({
    input: z.strictObject({ container }),
    output: explainOutputSchema,
  }),
  'admin.leases.release': callRoute({
    input: z.strictObject({ lease: z.string().min(1).max(64), reason: reasonSchema }),
    output: z.object({ lease: z.string(), slots: z.array(z.string()), message: z.string() }),
  }),
  'admin.emergency-stop': callRoute({
    input: z.strictObject({
      /** `null` is everybody. */
      user: userSchema.nullable(),
      /** SIGKILL at once. */
      force: z.boolean().default(false),
      reason: reasonSchema,
    }),
    output: actedOnListSchema,
  }),
  'admin.notify': callRoute({
    input: z.strictObject({ user: userSchema.nullable(), message: z.string().min(1).max(4000) }),
    output: z.object({ users: z.array(z.string()), message: z.string() }),
  }),
  'admin.users.offboard': callRoute({
    input: z.strictObject({
      user: userSchema,
      images: z.boolean().default(true),
      reason: reasonSchema,
    }),
    output: z.object({
      user: z.string(),
      containers: z.array(actedOnSchema),
      leases: z.array(z.string()),
      images: z.array(z.string()),
      /** What stays, for people to look at: the workspace folder, entries of files. */
      stays: z.array(z.string()),
    }),
  }),
  'admin.users.extend': callRoute({
    input: z.strictObject({
      user: userSchema,
      /** The owner's name for it. */
      container: z.string().min(1).max(200),
      /** `null` answers what was asked for. */
      byMs: durationMs.nullable().default(null),
      grant: z.boolean().default(true),
      reason: reasonSchema,
    }),
    output: extendOutputSchema,
  }),
  'admin.extensions': callRoute({
    input: z.strictObject(pageShape),
    output: z.object({ requests: z.array(extensionRequestSchema), ...pageCursorShape }),
  }),
  'admin.lifecycle.plan': callRoute({
    input: z.strictObject({
      /** Unix milliseconds; `null` is an hour from now. */
      untilMs: queryIntegerSchema.pipe(momentMsSchema).nullable().default(null),
    }),
    output: lifecyclePlanSchema,
  }),
  'admin.lifecycle.run': callRoute({
    input: z.strictObject({ rule: lifecycleRuleSchema.nullable().default(null) }),
    output: lifecycleRunSchema,
  }),
  'admin.lifecycle.pause': callRoute({
    input: z.strictObject({
      /** Unix milliseconds; `null` lets them act again. */
      untilMs: untilSchema,
      reason: reasonSchema,
    }),
    output: z.object({ pausedUntil: instant, message: z.string() }),
  }),
  'admin.lifecycle.status': callRoute({
    input: nothing,
    output: z.object({
      pausedUntil: instant,
      highDemand: z.boolean(),
      /** Since when nothing was measured or looked at; `null` when all is well. */
      stalledSince: instant,
      rules: z.array(ruleRunSchema),
    }),
  }),
  'admin.limits.diff': callRoute({
    input: z.strictObject({
      /** The whole configuration folder as it would be. */
      files: z
        .array(
          z.strictObject({
            path: z.string().min(1).max(500),
            text: z.string().max(mostCharactersToDiff),
          }),
        )
        .max(2000)
        .refine(
          (files) => files.reduce((sum, { text }) => sum + text.length, 0) <= mostCharactersToDiff,
          { error: `at most ${mostCharactersToDiff} characters in all` },
        ),
    }),
    output: z.object({ problems: z.array(configProblemSchema), users: z.array(limitChangeSchema) }),
  }),
  'admin.limits.set': callRoute({
    input: z.strictObject({
      user: userSchema,
      /** Key of the limits file -> its new value as it is written there; `null` takes the override away. */
      changes: z.record(z.string().max(100), z.string().max(200).nullable()),
      untilMs: untilSchema,
      reason: reasonSchema,
    }),
    output: fileChangeSchema.extend({ change: limitChangeSchema.nullable() }),
  }),
  'admin.exemptions': callRoute({
    input: z.strictObject(pageShape),
    output: z.object({ exemptions: z.array(exemptionViewSchema), ...pageCursorShape }),
  }),
  'admin.exemptions.add': callRoute({
    input: z.strictObject({
      user: userSchema,
      rules: z
        .array(z.enum(['idle_timeout_h', 'max_runtime_h']))
        .min(1)
        .max(2),
      untilMs: untilSchema,
      reason: reasonSchema,
    }),
    output: fileChangeSchema,
  }),
  'admin.exemptions.remove': callRoute({
    input: z.strictObject({ user: userSchema }),
    output: fileChangeSchema,
  }),
  'admin.groups': callRoute({
    input: nothing,
    output: z.object({ groups: z.array(groupViewSchema) }),
  }),
  'admin.groups.put': callRoute({
    input: z.strictObject({
      group: z.string().min(1).max(100),
      user: userSchema,
      /** False refuses to take the person out of another group. */
      move: z.boolean().default(false),
    }),
    output: fileChangeSchema,
  }),
  'admin.groups.sync': callRoute({
    input: nothing,
    output: z.object({
      added: z.array(z.object({ user: z.string(), group: z.string(), because: z.string() })),
      left: z.array(z.string()),
    }),
  }),
} as const;
