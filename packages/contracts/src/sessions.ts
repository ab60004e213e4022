import { z } from 'zod';

/**
 * What became of a session. `attached`: somebody is connected. `detached`: it goes on by itself.
 * `ended`: its process ended while nobody was connected. `lost`: the daemon was restarted, or the
 * engine let go of it; its process may go on inside.
 */
const sessionStateSchema = z.enum(['attached', 'detached', 'ended', 'lost']);
/** What became of a session. */
export type SessionState = z.infer<typeof sessionStateSchema>;

/** A process at a terminal that the daemon holds. */
export const heldSessionSchema = z.object({
  /** A small number, unique in its container. */
  id: z.string(),
  /** The beginning of its command line; `null` for a shell. */
  command: z.string().nullable(),
  state: sessionStateSchema,
  startedAt: z.iso.datetime(),
  /** When the last connection ended; `null` while it is attached. */
  detachedAt: z.iso.datetime().nullable(),
  /** When somebody typed something; `null` before anybody did. */
  lastInputAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** `null` before the end, and when it isn't known. */
  exitCode: z.int().nullable(),
  /** What it printed last, without colours; for one that ended only. */
  lastLines: z.array(z.string()),
});
/** A process at a terminal that the daemon holds. */
export type HeldSession = z.infer<typeof heldSessionSchema>;

/** `containers.sessions`: those of one container, oldest first. */
export const sessionsOutputSchema = z.object({ sessions: z.array(heldSessionSchema) });
/** `containers.sessions`. */
export type SessionsOutput = z.infer<typeof sessionsOutputSchema>;
