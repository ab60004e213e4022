import { DatabaseSync } from 'node:sqlite';
import type { Store } from '@ds01/ports';
import { applyMigrations } from './connection.ts';
import { runOnce, sessionOn, WorkFailure } from './session.ts';

/** The ledger's rules on a database in memory. See `createStore`. */
export function createInMemoryStore(options: { readonly nowMs?: () => number } = {}): Store {
  const database = new DatabaseSync(':memory:');
  applyMigrations(database);
  const connection = {
    database,
    identity: { device: 0n, inode: 0n, sizeBytes: 0n, isRegular: false },
    // There is no file that could be replaced.
    assertCurrent: () => undefined,
    close: () => database.close(),
  };
  const session = sessionOn(connection, options.nowMs ?? Date.now);
  return {
    transaction(work) {
      try {
        return runOnce({ session, work, distrustsFile: false });
      } catch (error) {
        throw error instanceof WorkFailure ? error.cause : error;
      }
    },
    directory: null,
    damage: () => null,
    close: connection.close,
  };
}
