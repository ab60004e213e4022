import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerIdSchema } from '@ds01/contracts';
import { z } from 'zod';
import type { ServerLog } from '../../log.ts';

const noteSchema = z.object({
  id: z.string().regex(/^\d{1,9}$/),
  containerId: containerIdSchema,
  uid: z.int(),
  command: z.string().nullable(),
  startedAtMs: z.number(),
});

/** A session that a daemon held. */
export type SessionNote = z.infer<typeof noteSchema>;

/** Which sessions there are, for the daemon that comes after this one. */
export interface SessionNotes {
  /** None when nothing can be read: then nobody is told of them. */
  read(): readonly SessionNote[];
  /** A file that can't be written is no reason for a session not to go on. */
  write(notes: readonly SessionNote[]): void;
}

/** Notes in `<folder>/sessions.json` (0600), replaced as a whole. */
export function createSessionNotes(folder: string, log: ServerLog): SessionNotes {
  const path = join(folder, 'sessions.json');
  return {
    read() {
      try {
        return z.array(noteSchema).parse(JSON.parse(readFileSync(path, 'utf8')));
      } catch (error) {
        log.debug('no notes of sessions', { error: String(error) });
        return [];
      }
    },
    write(notes) {
      try {
        writeFileSync(`${path}.new`, JSON.stringify(notes), { mode: 0o600 });
        renameSync(`${path}.new`, path);
      } catch (error) {
        log.warn('sessions could not be written down', { error: String(error) });
      }
    },
  };
}
