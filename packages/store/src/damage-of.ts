import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/**
 * What SQLite's check of a whole database says, the first of it (`PRAGMA quick_check`): on a connection
 * of its own that can't write. `null` when the file is whole, or not there.
 */
export function damageOf(path: string): string | null {
  if (!existsSync(path)) return null;
  try {
    const database = new DatabaseSync(path, { readOnly: true });
    try {
      const said = String(database.prepare('PRAGMA quick_check(1)').get()?.['quick_check']);
      return said === 'ok' ? null : said;
    } finally {
      database.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
