import { z } from 'zod';
import { gpuRequestSchema } from '../request.ts';

const instant = z.iso.datetime();

/** Classes of priority, least first. Above `normal` only an administrator puts anything. */
export const priorityClassSchema = z.enum(['low', 'normal', 'high', 'urgent']);
/** Class of priority. See {@link priorityClassSchema}. */
export type PriorityClass = z.infer<typeof priorityClassSchema>;

/** Id of a waiting request: `q` and 20 characters that sort by time. */
export const queueEntryIdSchema = z.string().regex(/^q[0-9a-z]{20}$/, {
  error: 'the id of a waiting request, such as ds01 queue list shows it',
});

/**
 * `waiting` for its turn; `granted`: a lease is there and waits to be claimed; `claimed`: its
 * container has it; `left` by its person or an administrator; `expired`: a grant that nobody claimed;
 * `timed-out`: waited as long as it was to; `refused`: it can never be granted as the limits are now.
 */
export const queueStateSchema = z.enum([
  'waiting',
  'granted',
  'claimed',
  'left',
  'expired',
  'timed-out',
  'refused',
]);
/** State of a waiting request. See {@link queueStateSchema}. */
export type QueueState = z.infer<typeof queueStateSchema>;

/** Why a request waits: a stable code, and words. */
const waitingReasonSchema = z.object({
  code: z.enum([
    'no-slot-free',
    'behind-others',
    'slots-being-reserved',
    'would-delay-reserved',
    'own-quota',
    'held',
    'queue-held',
    'gpus-unknown',
    'granted',
    'ended',
  ]),
  message: z.string(),
});

/** A waiting request as people see it. */
export const queueEntrySchema = z.object({
  id: z.string(),
  state: queueStateSchema,
  /** From 1; `null` when it waits no longer. */
  position: z.int().nullable(),
  /** How many wait. */
  of: z.int(),
  /** `null` where the site doesn't show who it is. */
  user: z.string().nullable(),
  group: z.string().nullable(),
  own: z.boolean(),
  kind: z.enum(['interactive', 'job']),
  priority: priorityClassSchema,
  /** Name of the container that it is for; `null` of others. */
  container: z.string().nullable(),
  /** The verb of the command that asked for it, and that claims it. */
  verb: z.enum(['deploy', 'create']),
  gpu: gpuRequestSchema,
  /** `gpu` in words: `1 GPU`, `2 x 3g.40gb`. */
  asksFor: z.string(),
  reason: waitingReasonSchema,
  queuedAt: instant,
  waitedMs: z.int(),
  /** `null` while it can't be told. */
  estimatedStartAt: instant.nullable(),
  /** When it stops waiting; `null` is never. */
  waitsUntil: instant.nullable(),
  /** Until when what was granted is kept for it; `null` when nothing is. */
  claimUntil: instant.nullable(),
  /** Slots that were granted. */
  slots: z.array(z.string()),
});
/** A waiting request as people see it. */
export type QueueEntryView = z.infer<typeof queueEntrySchema>;

/** `queue.list`: those that wait or have an unclaimed grant, by position. */
export const queueListSchema = z.object({
  entries: z.array(queueEntrySchema),
  /** Nobody may join at the moment; the reason, if one was given. */
  draining: z.object({ reason: z.string().nullable() }).nullable(),
  /** Nothing is granted at the moment. */
  held: z.object({ reason: z.string().nullable() }).nullable(),
});

/** `admin.queue`: also what decides the order. */
export const adminQueueSchema = queueListSchema.extend({
  users: z.array(
    z.object({
      user: z.string(),
      group: z.string(),
      /** Weighted down with the half-life. */
      gpuHours: z.number(),
      weight: z.number(),
      waiting: z.int(),
    }),
  ),
  reserved: z.array(
    z.object({
      entry: z.string(),
      slots: z.array(z.string()),
      estimatedStartAt: instant.nullable(),
    }),
  ),
});

/** What a rule of the queue led to, over one trace. */
const replaySummarySchema = z.object({
  requests: z.int(),
  started: z.int(),
  neverStarted: z.int(),
  meanWaitMs: z.number(),
  medianWaitMs: z.number(),
  p95WaitMs: z.number(),
  maxWaitMs: z.number(),
  /** Share of GPU time that was used, 0 to 1. */
  utilisation: z.number(),
  /** Jain’s index over people's shares of what they asked for, 0 to 1. */
  fairness: z.number(),
});

/** `admin.simulate`. */
export const simulateOutputSchema = z.object({
  since: instant,
  until: instant,
  /** What the simulation knows: requests found in the events, and what had to be left out. */
  notes: z.array(z.string()),
  present: replaySummarySchema,
  proposed: replaySummarySchema,
  users: z.array(
    z.object({
      user: z.string(),
      requests: z.int(),
      presentMeanWaitMs: z.number(),
      proposedMeanWaitMs: z.number(),
    }),
  ),
});
/** `admin.simulate`. */
export type SimulateOutput = z.infer<typeof simulateOutputSchema>;
