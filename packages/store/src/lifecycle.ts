import type { DatabaseSync } from 'node:sqlite';
import { containerIdSchema } from '@ds01/contracts';
import type { LifecycleTable } from '@ds01/ports';

/** What the rules remember of containers, in an open transaction. */
export function createLifecycleTable(database: DatabaseSync): LifecycleTable {
  const all = database.prepare('SELECT container_id, memory FROM lifecycle ORDER BY container_id');
  const one = database.prepare('SELECT memory FROM lifecycle WHERE container_id = ?');
  const remove = database.prepare('DELETE FROM lifecycle WHERE container_id = ?');
  const put = database.prepare(
    `INSERT INTO lifecycle (container_id, memory) VALUES (?, ?)
     ON CONFLICT (container_id) DO UPDATE SET memory = excluded.memory`,
  );
  return {
    all: () =>
      all.all().flatMap((row) => {
        const id = containerIdSchema.safeParse(row['container_id']);
        return id.success ? [{ containerId: id.data, memory: String(row['memory']) }] : [];
      }),
    get(id) {
      const memory = one.get(id)?.['memory'];
      return typeof memory === 'string' ? memory : null;
    },
    put(id, memory) {
      put.run(id, memory);
    },
    remove(id) {
      remove.run(id);
    },
  };
}
