import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { eventTable, type EventType, type NewEvent } from '@ds01/contracts/lifecycle';
import type { EventQuery, EventRecord, EventTable } from '@ds01/ports';
import { z } from 'zod';
import { parseJson } from './containers.ts';

const dayMs = 86_400_000;
const columns = 'id, at_ms, type, user, uid, container, container_id, details';

const rowSchema = z.object({
  id: z.int(),
  at_ms: z.int(),
  type: z.string(),
  user: z.string().nullable(),
  uid: z.int().nullable(),
  container: z.string().nullable(),
  container_id: z.string().nullable(),
  details: z.string().transform(parseJson),
});

const userSchema = z.object({ user: z.string() });

const groupSchema = z.object({
  type: z.string(),
  user: z.string().nullable(),
  day: z.int(),
  count: z.int(),
});

/**
 * What happened, in an open transaction. Events are history: one that can't be read (of a type that
 * this version doesn't know, say) is left out, and never a reason to give the ledger up.
 */
export function createEventTable(database: DatabaseSync): EventTable {
  const append = database.prepare(
    `INSERT INTO events (at_ms, type, user, uid, container, container_id, details)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const statements = new Map<string, StatementSync>();
  const prepared = (sql: string): StatementSync => {
    const known = statements.get(sql) ?? database.prepare(sql);
    statements.set(sql, known);
    return known;
  };
  return {
    append(event, atMs) {
      const { type, user, uid, container, containerId } = event;
      const details = JSON.stringify(event.details);
      const values = [atMs, type, user, uid, container, containerId, details];
      return Number(append.run(...values).lastInsertRowid);
    },
    list({ beforeId, limit, ...query }) {
      const { where, values } = conditionOf(query, { id: beforeId, is: 'id < :id' });
      const sql = `SELECT ${columns} FROM events ${where} ORDER BY id DESC LIMIT :limit`;
      return prepared(sql)
        .all({ ...values, limit })
        .flatMap(readRow)
        .toReversed();
    },
    after({ afterId, limit, ...query }) {
      const { where, values } = conditionOf(query, { id: afterId, is: 'id > :id' });
      const sql = `SELECT ${columns} FROM events ${where} ORDER BY id LIMIT :limit`;
      return prepared(sql)
        .all({ ...values, limit })
        .flatMap(readRow);
    },
    lastId() {
      return Number(prepared('SELECT max(id) AS id FROM events').get()?.['id'] ?? 0);
    },
    count(query) {
      const { where, values } = conditionOf(query, null);
      const sql = `SELECT type, user, at_ms / ${dayMs} AS day, count(*) AS count FROM events ${where}
        GROUP BY type, user, day ORDER BY day`;
      return summaryOf(groupSchema.array().parse(prepared(sql).all(values)));
    },
    removeBefore(atMs) {
      return Number(prepared('DELETE FROM events WHERE at_ms < ?').run(atMs).changes);
    },
    removeBeyond(newest) {
      // People first, from their index alone: only of those with many are the types counted.
      const many = prepared(`SELECT user FROM events WHERE user IS NOT NULL
        GROUP BY user HAVING count(*) > ?`).all(newest);
      const remove = prepared(`DELETE FROM events WHERE user = :user AND id IN (
        SELECT id FROM (
          SELECT id, row_number() OVER (PARTITION BY type ORDER BY id DESC) AS place
          FROM events WHERE user = :user
        ) WHERE place > :newest)`);
      return userSchema
        .array()
        .parse(many)
        .reduce((sum, { user }) => sum + Number(remove.run({ user, newest }).changes), 0);
    },
  };
}

/**
 * Only what is asked for stands in the condition, so that the index of people can be used. Values of
 * a list come as JSON.
 */
function conditionOf(
  query: EventQuery,
  from: { readonly id: number | null; readonly is: string } | null,
) {
  const { of } = query;
  const parts: readonly (readonly [string, string, string | number | null | undefined])[] = [
    ['id', from?.is ?? '', from?.id],
    ['since', 'at_ms >= :since', query.sinceMs],
    ['until', 'at_ms < :until', query.untilMs],
    ['prefix', 'substr(type, 1, length(:prefix)) = :prefix', query.typePrefix],
    ['user', 'user = :user', of?.user],
    ['uid', 'uid = :uid', of?.uid],
    ['containers', isOfContainer, query.containers === null ? null : json(query.containers)],
  ];
  const values: Record<string, string | number> = {};
  const conditions: string[] = [];
  for (const [name, condition, value] of parts) {
    if (value === null || value === undefined) continue;
    values[name] = value;
    conditions.push(condition);
  }
  return { where: conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`, values };
}

/** A Docker name is the owner's name for it, `._.`, and the owner. */
const isOfContainer = `EXISTS (
  SELECT 1 FROM json_each(:containers) AS wanted
  WHERE wanted.value IN (container, container_id)
    OR substr(container, 1, length(wanted.value) + 3) = wanted.value || '._.'
)`;

function json(names: readonly string[]): string {
  return JSON.stringify(names);
}

function readRow(row: Record<string, unknown>): EventRecord[] {
  const read = rowSchema.safeParse(row);
  if (!read.success) return [];
  const { id, at_ms: atMs, type, user, uid, container, container_id: containerId } = read.data;
  const event = { type, user, uid, container, containerId, details: read.data.details };
  return isEvent(event) ? [{ id, atMs, event }] : [];
}

function isEvent(event: { readonly type: string; readonly details: unknown }): event is NewEvent {
  const { type, details } = event;
  return isType(type) && eventTable[type].details.safeParse(details).success;
}

function isType(type: string): type is EventType {
  return Object.hasOwn(eventTable, type);
}

/** Sums over the groups, each kind in an order that reads well: most first, days by date. */
function summaryOf(groups: readonly z.infer<typeof groupSchema>[]) {
  const types = new Map<string, number>();
  const users = new Map<string | null, number>();
  const days = new Map<string, number>();
  let total = 0;
  for (const { type, user, day, count } of groups) {
    total += count;
    add(types, type, count);
    add(users, user, count);
    add(days, new Date(day * dayMs).toISOString().slice(0, 10), count);
  }
  return {
    total,
    types: ranked(types).map(([type, count]) => ({ type, count })),
    users: ranked(users).map(([user, count]) => ({ user, count })),
    days: [...days].map(([day, count]) => ({ day, count })),
  };
}

function add<Key>(sums: Map<Key, number>, key: Key, count: number): void {
  sums.set(key, (sums.get(key) ?? 0) + count);
}

function ranked<Key>(sums: ReadonlyMap<Key, number>): (readonly [Key, number])[] {
  return [...sums].toSorted((left, right) => right[1] - left[1]);
}
