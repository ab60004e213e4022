import { z } from 'zod';
import { byAdmin, event, moment, names } from '../event-kind.ts';

/** A waiting request: its id, and what it asks for in words. */
const queued = z.object({
  entry: z.string(),
  asksFor: z.string(),
  priority: z.string(),
  /** Whole GPUs, or what the slots weigh. */
  gpuEquivalents: z.number(),
});

/** Events of the queue. */
export const queueEventTable = {
  'queue.joined': event(
    'A request for GPUs waits for its turn.',
    queued.extend({ position: z.int(), waitsUntil: moment.nullable() }),
  ),
  'queue.granted': event(
    'A waiting request was granted GPUs.',
    queued.extend({ slots: names, waitedMs: z.int(), claimUntil: moment.nullable() }),
  ),
  'queue.claimed': event('What was granted is used.', queued.extend({ waitedMs: z.int() })),
  'queue.left': event(
    'A request waits no longer.',
    queued.extend({ by: z.string(), reason: z.string().nullable() }),
  ),
  'queue.many': event(
    'A person joined and left so often that not all of it was written down.',
    z.object({ since: moment, unwritten: z.int() }),
  ),
  'queue.expired': event('Nobody claimed what was granted in time.', queued),
  'queue.timed-out': event('A request has waited as long as it was to.', queued),
  'queue.refused': event(
    'A waiting request can’t be granted as the limits are now.',
    queued.extend({ code: z.string(), message: z.string() }),
  ),
  'queue.changed': event(
    'An administrator changed the place, the priority or the hold of a waiting request.',
    byAdmin.extend({ entry: z.string(), change: z.string() }),
  ),
  'queue.held': event('An administrator holds the queue: nothing is granted.', byAdmin),
  'queue.resumed': event('The queue grants again.', byAdmin),
  'queue.drained': event('An administrator lets nobody join the queue.', byAdmin),
  'queue.opened': event('People may join the queue again.', byAdmin),
} as const;
