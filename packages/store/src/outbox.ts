import type { DatabaseSync } from 'node:sqlite';
import type { OutboxTable } from '@ds01/ports';
import { z } from 'zod';
import { DamagedLedger } from './sqlite-errors.ts';

const messageSchema = z.object({
  id: z.int(),
  user: z.string().nullable(),
  channel: z.string(),
  body: z.string(),
  createdAtMs: z.int(),
  attempts: z.int(),
  nextAtMs: z.int(),
});

/** Messages that wait, in an open transaction. A row that can't be read is {@link DamagedLedger}. */
export function createOutboxTable(database: DatabaseSync): OutboxTable {
  const add = database.prepare(
    `INSERT INTO outbox (user, channel, body, created_at_ms, attempts, next_at_ms)
     VALUES (?, ?, ?, ?, 0, ?)`,
  );
  const due = database.prepare(
    `SELECT id, user, channel, body, created_at_ms AS createdAtMs, attempts, next_at_ms AS nextAtMs
     FROM outbox WHERE next_at_ms <= ? ORDER BY next_at_ms, id LIMIT ?`,
  );
  const next = database.prepare('SELECT min(next_at_ms) AS next FROM outbox');
  const postpone = database.prepare(
    'UPDATE outbox SET attempts = attempts + 1, next_at_ms = ? WHERE id = ?',
  );
  const remove = database.prepare('DELETE FROM outbox WHERE id = ?');
  return {
    add({ user, channel, body, createdAtMs, nextAtMs }) {
      return Number(add.run(user, channel, body, createdAtMs, nextAtMs).lastInsertRowid);
    },
    due: (nowMs, limit) =>
      due.all(nowMs, limit).map((row) => {
        const message = messageSchema.safeParse(row);
        if (!message.success) throw new DamagedLedger('a message in the ledger has no known form');
        return message.data;
      }),
    nextAtMs() {
      const value = next.get()?.['next'];
      return typeof value === 'number' ? value : null;
    },
    postpone(id, nextAtMs) {
      postpone.run(nextAtMs, id);
    },
    remove(id) {
      remove.run(id);
    },
  };
}
