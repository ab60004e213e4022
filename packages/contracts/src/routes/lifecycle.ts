import { z } from 'zod';
import { containerSummarySchema } from '../container.ts';
import { eventSchema } from '../events.ts';
import { explainOutputSchema } from '../lifecycle/explanation.ts';
import { nextCursorShape, pageShape } from './page.ts';
import { callRoute, queryFlagSchema, queryIntegerSchema, streamRoute } from './route.ts';

const nameSchema = z.string().min(1, { error: 'a name can’t be empty' }).max(200);
const byName = z.strictObject({ name: nameSchema });
const reasonSchema = z.string().max(500).nullable().default(null);
const instant = z.iso.datetime().nullable();

/** Longest time that can be asked for at once. */
const yearMs = 366 * 24 * 3_600_000;

/** `container keep`. */
const keepOutputSchema = z.object({
  container: containerSummarySchema,
  /** The idle rule doesn't act before; `null`: nothing postpones it now. */
  keptUntil: instant,
  /** The longest that the site allows, in hours; `null` is any. */
  maxHours: z.number().nullable(),
  note: z.string().nullable(),
});

/** `container extend`. */
export const extendOutputSchema = z.object({
  container: containerSummarySchema,
  /** False: it waits for an administrator. */
  granted: z.boolean(),
  /** All that was granted to this container so far. */
  extensionMs: z.int(),
  /** What is asked for and not answered; `null` without. */
  requestedMs: z.int().nullable(),
  /** When the runtime rule acts now; `null` when it doesn't. */
  stopsAt: instant,
  note: z.string().nullable(),
});

const filters = {
  sinceMs: queryIntegerSchema.nullable().default(null),
  untilMs: queryIntegerSchema.nullable().default(null),
  /** Beginning of a type: `lifecycle`, `gpu.lease`. */
  type: z.string().min(1).max(100).nullable().default(null),
  /** A container by its owner's name for it, or its Docker name. */
  container: nameSchema.nullable().default(null),
  /** Of one person; for administrators. */
  user: z.string().min(1).max(256).nullable().default(null),
  /** The caller's own alone, also for administrators. */
  own: queryFlagSchema,
};

/** Which events are meant. */
export const eventFilterSchema = z.strictObject(filters);
/** Which events are meant. */
export type EventFilter = z.infer<typeof eventFilterSchema>;

/** `events.list`. */
export const eventListSchema = z.object({
  /** Oldest first. */
  events: z.array(eventSchema),
  /** Give it as `beforeId` for the older ones; `null` when there are none. */
  olderThan: z.int().nullable(),
});

/** `events.summary`. */
export const eventSummarySchema = z.object({
  total: z.int(),
  types: z.array(z.object({ type: z.string(), count: z.int() })),
  users: z.array(z.object({ user: z.string().nullable(), count: z.int() })),
  days: z.array(z.object({ day: z.string(), count: z.int() })),
});

/** How a person is told about something. */
export const notificationChannelSchema = z.enum(['terminal', 'workspace', 'mail']);
/** How a person is told about something. */
export type NotificationChannel = z.infer<typeof notificationChannelSchema>;

/** `notifications.show` and `.set`. */
const notificationPreferencesSchema = z.object({
  channels: z.record(notificationChannelSchema, z.boolean()),
  /** Where mail goes; `null` when none is known. */
  mailAddress: z.string().nullable(),
  /** Whether the site can send mail at all. */
  mailAvailable: z.boolean(),
});

/** Operations about the life of containers, what happened, and who is told. */
export const lifecycleRoutes = {
  'containers.explain': callRoute({ input: byName, output: explainOutputSchema }),
  'containers.keep': callRoute({
    input: byName.extend({
      /** From now; 0 takes it back. */
      forMs: z.int().min(0).max(yearMs),
    }),
    output: keepOutputSchema,
  }),
  'containers.extend': callRoute({
    input: byName.extend({ byMs: z.int().min(1).max(yearMs), reason: reasonSchema }),
    output: extendOutputSchema,
  }),
  'events.list': callRoute({
    input: eventFilterSchema.extend({
      limit: z
        .union([
          z.int(),
          z
            .string()
            .regex(/^\d{1,5}$/)
            .transform(Number),
        ])
        .pipe(z.int().min(1).max(10_000))
        .default(50),
      beforeId: queryIntegerSchema.nullable().default(null),
      /** In place of `beforeId`. */
      cursor: pageShape.cursor,
    }),
    /** Each page is older than the one before. */
    output: eventListSchema.extend(nextCursorShape),
  }),
  'events.summary': callRoute({ input: eventFilterSchema, output: eventSummarySchema }),
  'events.follow': streamRoute({
    input: eventFilterSchema.extend({ afterId: queryIntegerSchema.nullable().default(null) }),
  }),
  'notifications.show': callRoute({
    input: z.strictObject({}),
    output: notificationPreferencesSchema,
  }),
  'notifications.set': callRoute({
    input: z.strictObject({
      channels: z.partialRecord(notificationChannelSchema, z.boolean()).default({}),
      /** `null` leaves it; an empty text forgets it. */
      mailAddress: z
        .union([z.literal(''), z.email({ error: 'an e-mail address' }).max(254)])
        .nullable()
        .default(null),
    }),
    output: notificationPreferencesSchema,
  }),
} as const;
