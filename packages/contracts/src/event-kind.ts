import { z } from 'zod';

/** A type of event. */
export interface EventKind {
  /** One sentence that is true of every event of this type. */
  readonly summary: string;
  /** What it tells beside user and container. */
  readonly details: z.ZodObject;
}

/** A type of event whose details stay as exact as they are. */
export function event<const Details extends z.ZodObject>(summary: string, details: Details) {
  return { summary, details };
}

/** Names of slots, or of anything else. */
export const names = z.array(z.string());

/** RFC 3339. */
export const moment = z.iso.datetime();

/** What an administrator did, and why. */
export const byAdmin = z.object({ by: z.string(), reason: z.string().nullable() });
