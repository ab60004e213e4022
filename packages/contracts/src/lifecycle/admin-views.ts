import { z } from 'zod';
import { containerSummarySchema, leaseSummarySchema } from '../container.ts';
import { gpuStatusOutputSchema } from '../output.ts';
import { eventSchema } from '../events.ts';
import { lifecycleRuleSchema } from './explanation.ts';

const instant = z.iso.datetime().nullable();

/** What a rule would do with a container, at a moment. */
export const plannedActionSchema = z.object({
  at: z.iso.datetime(),
  action: z.enum(['warn', 'notice', 'stop', 'release-gpu', 'remove']),
  rule: lifecycleRuleSchema,
  dockerName: z.string(),
  user: z.string().nullable(),
  message: z.string(),
});
/** What a rule would do with a container. */
export type PlannedAction = z.infer<typeof plannedActionSchema>;

/** `lifecycle plan`: what would happen until a moment if nobody did anything. */
export const lifecyclePlanSchema = z.object({
  until: z.iso.datetime(),
  pausedUntil: instant,
  actions: z.array(plannedActionSchema),
});

/** `lifecycle run`: one pass at once. */
export const lifecycleRunSchema = z.object({
  inspected: z.int(),
  actions: z.array(plannedActionSchema),
  failed: z.array(z.object({ dockerName: z.string(), message: z.string() })),
});

/** How a rule's last look went. */
export const ruleRunSchema = z.object({
  rule: z.string(),
  lastRanAt: instant,
  inspected: z.int(),
  acted: z.int(),
});

/** A process on a GPU that no container explains. */
export const hostGpuProcessSchema = z.object({
  pid: z.int(),
  /** `null` when it can't be told. */
  user: z.string().nullable(),
  /** The program's name alone: arguments may hold secrets. */
  program: z.string(),
  slot: z.string().nullable(),
  device: z.string(),
  memoryBytes: z.number().nullable(),
  startedAt: instant,
  /** Who has leased that GPU; `null` when nobody has. */
  leaseOf: z.string().nullable(),
});
/** A process on a GPU that no container explains. */
export type HostGpuProcess = z.infer<typeof hostGpuProcessSchema>;

/** Everything that runs, whatever made it. */
export const workloadSchema = z.object({
  kind: z.enum(['managed', 'compose', 'devcontainer', 'docker', 'host-process']),
  name: z.string(),
  user: z.string().nullable(),
  state: z.string(),
  slots: z.array(z.string()),
  image: z.string().nullable(),
  startedAt: instant,
  /** Bytes on GPUs of a host process; `null` for containers. */
  gpuMemoryBytes: z.number().nullable(),
});
/** Something that runs. */
export type Workload = z.infer<typeof workloadSchema>;

/** A container in the dashboard, with what it uses. */
const overviewContainerSchema = containerSummarySchema.extend({
  /** 100 is one CPU; `null` before it was measured twice. */
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  memoryLimitBytes: z.number().nullable(),
  lastActiveAt: instant,
});

/** `admin.overview`: what the dashboard shows, from one call of the engine. */
export const overviewSchema = z.object({
  at: z.iso.datetime(),
  site: z.string(),
  gpus: gpuStatusOutputSchema,
  containers: z.array(overviewContainerSchema),
  leases: z.array(leaseSummarySchema.extend({ container: z.string().nullable() })),
  users: z.array(
    z.object({
      user: z.string().nullable(),
      group: z.string().nullable(),
      containers: z.int(),
      running: z.int(),
      gpuEquivalents: z.number(),
      maxGpuEquivalents: z.number().nullable(),
      cpuPercent: z.number().nullable(),
      memoryBytes: z.number().nullable(),
    }),
  ),
  system: z.object({
    cpus: z.int(),
    load1: z.number(),
    memoryBytes: z.number(),
    memoryUsedBytes: z.number(),
    disks: z.array(z.object({ path: z.string(), bytes: z.number(), usedBytes: z.number() })),
  }),
  highDemand: z.boolean(),
  pausedUntil: instant,
  /** What needs somebody, most urgent first. */
  alerts: z.array(
    z.object({
      severity: z.enum(['info', 'warning', 'error']),
      message: z.string(),
      hint: z.string().nullable(),
    }),
  ),
  /** The newest events, newest first. */
  events: z.array(eventSchema),
});
/** What the dashboard shows. */
export type Overview = z.infer<typeof overviewSchema>;

/** An exemption from lifecycle rules as the file has it. */
export const exemptionViewSchema = z.object({
  user: z.string(),
  rules: z.array(z.string()),
  reason: z.string(),
  until: instant,
  active: z.boolean(),
  file: z.string(),
  line: z.int(),
});

/** How one user's limits change with other files. */
export const limitChangeSchema = z.object({
  user: z.string(),
  groupBefore: z.string(),
  groupAfter: z.string(),
  changes: z.array(
    z.object({
      key: z.string(),
      before: z.union([z.string(), z.number(), z.boolean()]).nullable(),
      after: z.union([z.string(), z.number(), z.boolean()]).nullable(),
      layerAfter: z.string(),
      fileAfter: z.string().nullable(),
      lineAfter: z.int().nullable(),
    }),
  ),
});

/** A group of the limits file. */
export const groupViewSchema = z.object({
  name: z.string(),
  isDefault: z.boolean(),
  members: z.array(z.string()),
});

/** What became of one container when several were acted upon. */
export const actedOnSchema = z.object({
  dockerName: z.string(),
  user: z.string().nullable(),
  done: z.boolean(),
  message: z.string(),
});
/** What became of one container. */
export type ActedOn = z.infer<typeof actedOnSchema>;
