import { z } from 'zod';
import { containerStateSchema, containerSummarySchema, leaseSummarySchema } from './container.ts';
import { problemSchema } from './problem.ts';
import { slotIdSchema } from './gpu.ts';
import { containerIdSchema } from './lease.ts';
import { queueEntrySchema } from './queue/queue.ts';
import { reservationSummarySchema } from './reservation.ts';

/** `--json` of any command that failed. */
export const errorOutputSchema = z.object({ error: problemSchema });
/** `--json` of any command that failed. */
export type ErrorOutput = z.infer<typeof errorOutputSchema>;

/** Limits that a container really got, as given to the engine. `null` is none. */
export const containerLimitsSchema = z.object({
  cpus: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  memorySwapBytes: z.number().nullable(),
  shmSizeBytes: z.number().nullable(),
  pidsLimit: z.number().nullable(),
  notices: z.array(z.string()),
});
/** Limits that a container really got. */
export type ContainerLimits = z.infer<typeof containerLimitsSchema>;

/** `container deploy` and `container create`. */
export const deployOutputSchema = z.object({
  container: containerSummarySchema,
  lease: leaseSummarySchema.nullable(),
  limits: containerLimitsSchema,
  /** `created`, or what was found: an identical container that was running or was started. */
  outcome: z.enum(['created', 'started', 'already-running', 'would-create']),
});
/** `container deploy` and `container create`. */
export type DeployOutput = z.infer<typeof deployOutputSchema>;

/** A verb on one container. */
export const containerOutputSchema = z.object({
  container: containerSummarySchema,
  /** What happened to its GPU, for people; `null` without one. */
  note: z.string().nullable(),
});
/** A verb on one container. */
export type ContainerOutput = z.infer<typeof containerOutputSchema>;

/** A verb with `--all`, and `container list`. */
export const containersOutputSchema = z.object({
  containers: z.array(containerSummarySchema),
  /** What failed under `--all`; absent when nothing did. */
  errors: z.array(problemSchema).optional(),
  /** What isn't known about the host's GPUs; absent when they could be read. */
  notices: z.array(z.string()).optional(),
});
/** A verb with `--all`, and `container list`. */
export type ContainersOutput = z.infer<typeof containersOutputSchema>;

const amountSchema = z.number().nullable();

/** What one running container uses at a moment. `null` is unknown; of a limit also none. */
export const containerUseSchema = z.object({
  name: z.string(),
  dockerName: z.string(),
  id: containerIdSchema,
  state: containerStateSchema,
  /** 100 is one CPU. */
  cpuPercent: amountSchema,
  cpusLimit: amountSchema,
  memoryBytes: amountSchema,
  memoryLimitBytes: amountSchema,
  /** Since it was started; `null` also where the network isn't its own. */
  networkReceivedBytes: amountSchema,
  networkSentBytes: amountSchema,
  blockReadBytes: amountSchema,
  blockWrittenBytes: amountSchema,
  pids: amountSchema,
  pidsLimit: amountSchema,
  gpus: z.array(
    z.object({
      slot: slotIdSchema,
      uuid: z.string(),
      /** `null` for a whole GPU. */
      profile: z.string().nullable(),
      model: z.string().nullable(),
      /** In percent. The driver doesn't tell it of MIG instances. */
      utilization: amountSchema,
      memoryBytes: amountSchema,
      memoryTotalBytes: amountSchema,
    }),
  ),
});
/** What one running container uses at a moment. */
export type ContainerUse = z.infer<typeof containerUseSchema>;

/** `container stats`. */
export const statsOutputSchema = z.object({
  at: z.iso.datetime(),
  containers: z.array(containerUseSchema),
});
/** `container stats`. */
export type StatsOutput = z.infer<typeof statsOutputSchema>;

/** `container top`. */
export const topOutputSchema = z.object({
  container: containerSummarySchema,
  processes: z.array(
    z.object({
      /** As the server counts them; inside the container the same process has another one. */
      pid: z.int(),
      /** An account's name where there is one, else the uid. */
      user: z.string(),
      /** 100 is one CPU; on average since the process began. */
      cpuPercent: z.number(),
      memoryBytes: z.number(),
      elapsedSeconds: z.number(),
      command: z.string(),
    }),
  ),
});
/** `container top`. */
export type TopOutput = z.infer<typeof topOutputSchema>;

/** `container logs`; with `--follow` there is no end, and so no document. */
export const logsOutputSchema = z.object({
  container: z.string(),
  /** In the order in which they ended. */
  lines: z.array(z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() })),
});
/** `container logs`. */
export type LogsOutput = z.infer<typeof logsOutputSchema>;

/** State of one slot as `gpu status` prints it. */
export const slotStateSchema = z.enum([
  'free',
  'reserved',
  'bound',
  'held',
  'external',
  'busy',
  'lost',
  'unhealthy',
]);
/** State of one slot as `gpu status` prints it. */
export type SlotState = z.infer<typeof slotStateSchema>;

/** `gpu status`. */
export const gpuStatusOutputSchema = z.object({
  devices: z.array(
    z.object({
      index: z.int(),
      uuid: z.string(),
      model: z.string(),
      memoryBytes: z.number().nullable(),
      migEnabled: z.boolean().nullable(),
      health: z.string(),
      /** Why it isn't healthy; absent when it is. */
      healthReasons: z.array(z.string()).optional(),
      /** Percent. */
      utilization: z.number().nullable(),
      memoryUsedBytes: z.number().nullable().optional(),
      /** How many processes use it; absent when the driver doesn't say. */
      processes: z.int().optional(),
      slots: z.array(
        z.object({
          slot: slotIdSchema,
          uuid: z.string(),
          profile: z.string().nullable(),
          gpuEquivalents: z.number(),
          state: slotStateSchema,
          user: z.string().nullable(),
          container: z.string().nullable(),
          leaseId: z.string().nullable(),
          expiresAt: z.iso.datetime().nullable(),
        }),
      ),
    }),
  ),
  totals: z.object({ gpuEquivalents: z.number(), leased: z.number(), free: z.number() }),
  /** What no device tells: GPUs that the driver lost, sources that can't be read. */
  notices: z.array(z.string()).optional(),
  /** Those that hold or will, first begin first; absent when there are none. */
  reservations: z.array(reservationSummarySchema).optional(),
});
/** `gpu status`. */
export type GpuStatusOutput = z.infer<typeof gpuStatusOutputSchema>;

/** `gpu explain`. */
export const gpuExplainOutputSchema = z.object({
  decision: z.enum(['placed', 'refused']),
  code: z.string().nullable(),
  reason: z.string(),
  slots: z.array(slotIdSchema),
  candidates: z.array(
    z.object({
      slot: slotIdSchema,
      uuid: z.string(),
      accepted: z.boolean(),
      reasons: z.array(z.object({ code: z.string(), message: z.string() })),
    }),
  ),
});
/** `gpu explain`. */
export type GpuExplainOutput = z.infer<typeof gpuExplainOutputSchema>;

/** What a user holds now, beside the limits. */
export const usageSchema = z.object({
  gpuEquivalents: z.number(),
  gpuSlots: z.int(),
  containers: z.int(),
  runningContainers: z.int(),
  /** What all of a user's containers use together at this moment; `null` is unknown. */
  memoryBytes: z.number().nullable(),
  /** CPUs: 1.5 is one and a half. */
  cpus: z.number().nullable(),
  pids: z.int().nullable(),
  /**
   * Space that their own files take in all their workspaces when it was measured last, some hours ago;
   * `null` where nothing was measured: without a limit on it, without containers, without a daemon.
   */
  workspaceBytes: z.number().nullable(),
  /** The same of the other folders that their containers write to. */
  dataBytes: z.number().nullable(),
  /** What that one of their containers wrote into its own layer that wrote most. */
  largestLayerBytes: z.number().nullable(),
  /** When the oldest of these was measured. */
  storageMeasuredAt: z.iso.datetime().nullable(),
});
/** What a user holds now. */
export type Usage = z.infer<typeof usageSchema>;

/** `motd`: what somebody who logs in wants to know. */
export const motdOutputSchema = z.object({
  /** False where no daemon answered: the rest then says nothing. */
  available: z.boolean(),
  containers: z.object({ total: z.int(), running: z.int() }),
  /** What the person holds and may hold (`null` is any number), and what is free (`null`: unknown). */
  gpuEquivalents: z.object({
    held: z.number(),
    allowed: z.number().nullable(),
    free: z.number().nullable(),
  }),
  /** Containers for which something ends, the next one first. */
  ending: z.array(
    containerSummarySchema.pick({ name: true, state: true, stopsAt: true, stopReason: true }),
  ),
  /** What the person waits for, or was granted. */
  waiting: z.array(queueEntrySchema),
  /** How many requests of anybody wait; `null` when it can't be told. */
  queued: z.int().nullable(),
  /** What the person should look at, each with a command. */
  alerts: z.array(z.string()),
});
/** `motd`: what somebody who logs in wants to know. */
export type MotdOutput = z.infer<typeof motdOutputSchema>;

/** `doctor`. */
export const doctorOutputSchema = z.object({
  checks: z.array(
    z.object({
      id: z.string(),
      ok: z.boolean(),
      severity: z.enum(['info', 'warning', 'error']),
      message: z.string(),
      hint: z.string().nullable(),
      /** Why it matters; absent when all is well. */
      why: z.string().optional(),
      /** What `ds01-admin doctor --fix` would do about it; absent when a person has to. */
      mend: z.string().optional(),
    }),
  ),
});
/** `doctor`. */
export type DoctorOutput = z.infer<typeof doctorOutputSchema>;

/** `container forward`, printed when it begins. */
export const forwardOutputSchema = z.object({
  container: containerSummarySchema,
  forwards: z.array(
    z.object({
      /** Inside. */
      port: z.int(),
      /** On the machine where the command runs; 0 in a dry run for one that is to be picked. */
      localPort: z.int(),
      /** For services that speak HTTP; `null` in a dry run. */
      url: z.string().nullable(),
    }),
  ),
});
/** `container forward`. */
export type ForwardOutput = z.infer<typeof forwardOutputSchema>;

/** `version`. */
export const versionOutputSchema = z.object({
  version: z.string(),
  node: z.string(),
  mode: z.enum(['embedded', 'daemon']),
});
/** `version`. */
export type VersionOutput = z.infer<typeof versionOutputSchema>;
