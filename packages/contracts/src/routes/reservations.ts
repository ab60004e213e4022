import { z } from 'zod';
import { slotIdSchema } from '../gpu.ts';
import { pageCursorShape, pageShape } from './page.ts';
import { callRoute, momentMsSchema } from './route.ts';

const nameSchema = z.string().min(1).max(256);
const instant = z.iso.datetime().nullable();

/** A reservation as the files have it. */
const reservationViewSchema = z.object({
  /** `null`: it stands beside a user's limits, and only a person can change it. */
  id: z.string().nullable(),
  user: z.string().nullable(),
  group: z.string().nullable(),
  slots: z.array(z.string()),
  from: instant,
  /** `null`: without an end. */
  until: instant,
  state: z.enum(['upcoming', 'active', 'over']),
  reason: z.string(),
  by: z.string().nullable(),
  file: z.string(),
  line: z.int(),
});

/** Somebody else's container on a reserved GPU. */
const overlapSchema = z.object({
  user: z.string().nullable(),
  container: z.string().nullable(),
  slots: z.array(z.string()),
  /** When its GPUs are free at the latest, as things stand; `null`: nothing ends it. */
  endsBy: instant,
  /** Whether the rules stop it for the reservation; else an administrator has to. */
  isStopped: z.boolean(),
});

const changeShape = {
  /** The file that was written, or would be in a dry run. */
  file: z.string(),
  message: z.string(),
};

/** Operations of administrators on reservations of GPUs. */
export const reservationRoutes = {
  'admin.reservations': callRoute({
    input: z.strictObject(pageShape),
    output: z.object({ reservations: z.array(reservationViewSchema), ...pageCursorShape }),
  }),
  'admin.reservations.add': callRoute({
    input: z.strictObject({
      slots: z.array(slotIdSchema).min(1).max(64),
      /** Either a user or a group. */
      user: nameSchema.nullable().default(null),
      group: nameSchema.nullable().default(null),
      /** `null` is now. */
      fromMs: momentMsSchema.nullable().default(null),
      untilMs: momentMsSchema.positive(),
      reason: z.string().max(500).nullable().default(null),
    }),
    output: z.object({
      ...changeShape,
      /** `null` in a dry run. */
      id: z.string().nullable(),
      /** What is on these GPUs and may still be at the begin. */
      overlaps: z.array(overlapSchema),
    }),
  }),
  'admin.reservations.remove': callRoute({
    input: z.strictObject({ id: z.string().min(1).max(100) }),
    output: z.object(changeShape),
  }),
} as const;
