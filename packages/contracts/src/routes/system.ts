import { z } from 'zod';
import { doctorOutputSchema, gpuExplainOutputSchema } from '../output.ts';
import { gpuStatusOutputSchema, usageSchema, versionOutputSchema } from '../output.ts';
import { configProblemSchema, limitKeySchema, resolvedLimitsSchema } from '../limits.ts';
import { containerSummarySchema, leaseSummarySchema, ownerEvidenceSchema } from '../container.ts';
import { gpuRequestSchema } from '../request.ts';
import { pageCursorShape, pageShape } from './page.ts';
import { callRoute, queryFlagSchema } from './route.ts';

const nothing = z.strictObject({});

/** Who may do what: everybody with an account, or administrators. */
export const roleSchema = z.enum(['user', 'admin']);
/** Who may do what. */
export type Role = z.infer<typeof roleSchema>;

/** `users.me`: for whom the daemon takes the caller. */
export const meSchema = z.object({
  user: z.string(),
  slug: z.string(),
  uid: z.int(),
  group: z.string(),
  role: roleSchema,
  gid: z.int(),
  /** All Unix groups, the primary included. */
  groupIds: z.array(z.int()),
  home: z.string(),
  /** The folder that holds this person's projects; it may not be there yet. */
  workspaces: z.string(),
  /** Largest context that a build of theirs may have. */
  maxContextBytes: z.number(),
});

/** `limits.show`: limits with their origin, beside what is used. */
export const limitsViewSchema = resolvedLimitsSchema.extend({ usage: usageSchema.nullable() });

/** `daemon.ready`. */
export const readinessSchema = z.object({
  ready: z.boolean(),
  /** Why not; `null` when it is. */
  reason: z.string().nullable(),
});
/** `daemon.ready`. */
export type Readiness = z.infer<typeof readinessSchema>;

/** A container as administrators see it. */
export const adminContainerSchema = containerSummarySchema.extend({
  /** Uid of its owner; `null` when it belongs to nobody known. */
  uid: z.int().nullable(),
  /** From what its owner is known; `null` while that couldn't be found out. */
  ownerBy: ownerEvidenceSchema.nullable(),
  /** The GPUs that it asks the engine for, as it writes them: UUIDs, `0`, `all`, `count:2`. */
  devices: z.array(z.string()),
});

/** `admin.containers`. */
export const adminContainersSchema = z.object({ containers: z.array(adminContainerSchema) });

/** A lease with its container, for administrators. */
export const adminLeaseSchema = leaseSummarySchema.extend({
  container: z.string().nullable(),
  heldUntil: z.iso.datetime().nullable(),
});

/** `admin.leases`. */
export const adminLeasesSchema = z.object({ leases: z.array(adminLeaseSchema) });

/** A person as administrators see them. */
export const adminUserSchema = z.object({
  /** `null` for containers that belong to nobody known. */
  user: z.string().nullable(),
  /** `null` when there is no such account any more. */
  uid: z.int().nullable(),
  group: z.string().nullable(),
  role: roleSchema.nullable(),
  containers: z.int(),
  runningContainers: z.int(),
  gpuSlots: z.int(),
  gpuEquivalents: z.number(),
  maxGpuEquivalents: z.number().nullable(),
});

/** `admin.users`: everybody who has a container, a lease or a place in the policy. */
export const adminUsersSchema = z.object({ users: z.array(adminUserSchema) });

/** `ds01-admin users U --json`: one person with all that is theirs. */
export const adminUserViewSchema = z.object({
  user: adminUserSchema,
  containers: z.array(adminContainerSchema),
  leases: z.array(adminLeaseSchema),
  limits: limitsViewSchema,
});

/** One person with all that is theirs. */
export type AdminUserView = z.infer<typeof adminUserViewSchema>;

/** `admin.limits.check`: everything found in the configuration folder. */
export const limitsCheckSchema = z.object({
  valid: z.boolean(),
  /** The files have errors and an older, good copy is in force. */
  stale: z.boolean(),
  problems: z.array(configProblemSchema),
});

/** `admin.limits.explain`: one limit of one user, with all that it stands over. */
export const limitExplanationSchema = z.object({
  user: z.string(),
  group: z.string(),
  key: limitKeySchema,
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  layer: z.string(),
  file: z.string().nullable(),
  line: z.int().nullable(),
});

/** Operations that are not about one container. */
export const systemRoutes = {
  'daemon.health': callRoute({
    input: nothing,
    output: z.object({ alive: z.literal(true) }),
  }),
  'daemon.ready': callRoute({
    input: nothing,
    output: readinessSchema,
  }),
  version: callRoute({
    input: nothing,
    output: versionOutputSchema,
  }),
  'users.me': callRoute({
    input: nothing,
    output: meSchema,
  }),
  'requests.cancel': callRoute({
    input: z.strictObject({ id: z.string().min(1).max(64) }),
    output: z.object({ cancelled: z.literal(true) }),
  }),
  'gpus.status': callRoute({
    input: z.strictObject({
      mine: queryFlagSchema,
      /** Only what this person holds, as far as the site shows who holds what. */
      user: z.string().min(1).max(256).nullable().default(null),
    }),
    output: gpuStatusOutputSchema,
  }),
  'gpus.explain': callRoute({
    input: z.strictObject({ gpu: gpuRequestSchema }),
    output: gpuExplainOutputSchema,
  }),
  'limits.show': callRoute({
    input: z.strictObject({
      user: z.string().min(1).max(256),
      /** Leaves out what takes a while to measure: `usage.cpus` is `null` then. */
      quick: queryFlagSchema,
    }),
    output: limitsViewSchema,
  }),
  doctor: callRoute({
    input: nothing,
    output: doctorOutputSchema,
  }),
  'admin.containers': callRoute({
    input: z.strictObject({ all: queryFlagSchema, ...pageShape }),
    output: adminContainersSchema.extend(pageCursorShape),
  }),
  'admin.leases': callRoute({
    input: z.strictObject(pageShape),
    output: adminLeasesSchema.extend(pageCursorShape),
  }),
  'admin.users': callRoute({
    input: z.strictObject(pageShape),
    output: adminUsersSchema.extend(pageCursorShape),
  }),
  'admin.limits.check': callRoute({
    input: nothing,
    output: limitsCheckSchema,
  }),
  'admin.limits.explain': callRoute({
    input: z.strictObject({ user: z.string().min(1).max(256), key: limitKeySchema }),
    output: limitExplanationSchema,
  }),
} as const;
