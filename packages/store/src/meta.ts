import type { DatabaseSync } from 'node:sqlite';
import type { MetaTable } from '@ds01/ports';

/** Small facts in an open transaction. */
export function createMetaTable(database: DatabaseSync): MetaTable {
  const read = database.prepare('SELECT value FROM meta WHERE key = ?');
  const write = database.prepare(
    'INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  );
  const drop = database.prepare('DELETE FROM meta WHERE key = ?');
  const list = database.prepare(
    'SELECT key, value FROM meta WHERE substr(key, 1, length(:prefix)) = :prefix ORDER BY key',
  );
  return {
    get(key) {
      const value = read.get(key)?.['value'];
      return typeof value === 'string' ? value : null;
    },
    set(key, value) {
      write.run(key, value);
    },
    remove(key) {
      drop.run(key);
    },
    list: (prefix) =>
      list.all({ prefix }).map((row) => ({ key: String(row['key']), value: String(row['value']) })),
  };
}
