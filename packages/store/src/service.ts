import type { DatabaseSync } from 'node:sqlite';
import { gpuRequestSchema, leaseIdSchema, usernameSchema } from '@ds01/contracts';
import {
  operationStateSchema,
  priorityClassSchema,
  queueStateSchema,
  tokenScopeSchema,
} from '@ds01/contracts/service';
import type { OperationTable, QueueTable, TokenTable, UsageTable } from '@ds01/ports';
import { z } from 'zod';
import { parseJson } from './containers.ts';
import { createRowReader } from './read-rows.ts';
import { DamagedLedger } from './sqlite-errors.ts';

const queueSchema = z.strictObject({
  id: z.string(),
  user: usernameSchema,
  uid: z.int(),
  kind: z.enum(['interactive', 'job']),
  state: queueStateSchema,
  priority: priorityClassSchema,
  gpu: gpuRequestSchema,
  container: z.string(),
  dockerName: z.string(),
  fingerprint: z.string(),
  operation: z.string().nullable(),
  runtimeMs: z.number().nullable(),
  queuedAtMs: z.int(),
  waitsUntilMs: z.int().nullable(),
  place: z.enum(['first', 'last']).nullable(),
  held: z.boolean(),
  leaseId: leaseIdSchema.nullable(),
  grantedAtMs: z.int().nullable(),
  claimUntilMs: z.int().nullable(),
  endedAtMs: z.int().nullable(),
  why: z.string().optional(),
  verb: z.literal('create').optional(),
  untilReserved: z.boolean().optional(),
});

const operationSchema = z.strictObject({
  id: z.string(),
  user: usernameSchema,
  uid: z.int(),
  route: z.string(),
  object: z.string().nullable(),
  state: operationStateSchema,
  input: z.string().nullable(),
  key: z.string().nullable(),
  fingerprint: z.string(),
  startedAtMs: z.int(),
  finishedAtMs: z.int().nullable(),
  lines: z.int(),
  progress: z.string().nullable(),
  status: z.int().nullable(),
  answer: z.string().nullable(),
});

const tokenSchema = z.strictObject({
  id: z.string(),
  name: z.string(),
  user: usernameSchema,
  uid: z.int(),
  scope: tokenScopeSchema,
  hash: z.string(),
  hint: z.string(),
  createdAtMs: z.int(),
  expiresAtMs: z.int().nullable(),
  revokedAtMs: z.int().nullable(),
  lastUsedAtMs: z.int().nullable(),
  lastUsedFrom: z.string().nullable(),
});

const usageSchema = z.object({ user: usernameSchema, gpuHours: z.number(), atMs: z.int() });

type Row = Record<string, unknown>;

/** Reads a row's record; one that can't be read is {@link DamagedLedger}. */
function readerOf<T>(schema: z.ZodType<T>, what: string) {
  const read = (row: Row): T => {
    const record = schema.safeParse(parseJson(row['record']));
    if (!record.success) throw new DamagedLedger(`${what} in the ledger has an unknown form`);
    return record.data;
  };
  return { read, one: (row: Row | undefined) => (row === undefined ? null : read(row)) };
}

/** Waiting requests, in an open transaction. */
export function createQueueTable(database: DatabaseSync): QueueTable {
  const { read, one } = readerOf(queueSchema, 'a waiting request');
  const readRows = createRowReader(read, (row) => String(row['record']));
  const live = database.prepare('SELECT record FROM queue WHERE ended_at_ms IS NULL ORDER BY id');
  const get = database.prepare('SELECT record FROM queue WHERE id = ?');
  const put = database.prepare(
    `INSERT INTO queue (id, ended_at_ms, record) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET ended_at_ms = excluded.ended_at_ms, record = excluded.record`,
  );
  const ended = database.prepare(
    'SELECT record FROM queue WHERE ended_at_ms >= ? ORDER BY ended_at_ms, id',
  );
  const prune = database.prepare('DELETE FROM queue WHERE ended_at_ms < ?');
  return {
    live: () => readRows(live.all()),
    get: (id) => one(get.get(id)),
    put(record) {
      put.run(record.id, record.endedAtMs, JSON.stringify(queueSchema.parse(record)));
    },
    endedSince: (atMs) => ended.all(atMs).map(read),
    removeEndedBefore: (atMs) => Number(prune.run(atMs).changes),
  };
}

/** What people have used, in an open transaction. */
export function createUsageTable(database: DatabaseSync): UsageTable {
  const all = database.prepare('SELECT user, gpu_hours AS gpuHours, at_ms AS atMs FROM usage');
  const put = database.prepare(
    `INSERT INTO usage (user, gpu_hours, at_ms) VALUES (?, ?, ?)
     ON CONFLICT (user) DO UPDATE SET gpu_hours = excluded.gpu_hours, at_ms = excluded.at_ms`,
  );
  const remove = database.prepare('DELETE FROM usage WHERE user = ?');
  return {
    all: () =>
      all.all().map((row) => {
        const usage = usageSchema.safeParse(row);
        if (!usage.success) throw new DamagedLedger('what was used has no known form');
        return usage.data;
      }),
    put({ user, gpuHours, atMs }) {
      put.run(user, gpuHours, atMs);
    },
    remove(user) {
      remove.run(user);
    },
  };
}

/** Long work, in an open transaction. */
export function createOperationTable(database: DatabaseSync): OperationTable {
  const { read, one } = readerOf(operationSchema, 'an operation');
  const get = database.prepare('SELECT record FROM operations WHERE id = ?');
  const byKey = database.prepare('SELECT record FROM operations WHERE uid = ? AND key = ?');
  const list = database.prepare(
    `SELECT record FROM operations
     WHERE uid = :uid AND (:before IS NULL OR id < :before)
       AND (:running = 0 OR finished_at_ms IS NULL)
     ORDER BY id DESC LIMIT :limit`,
  );
  const running = database.prepare(
    'SELECT record FROM operations WHERE finished_at_ms IS NULL ORDER BY id',
  );
  const put = database.prepare(
    `INSERT INTO operations (id, uid, key, finished_at_ms, record) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET key = excluded.key, finished_at_ms = excluded.finished_at_ms,
       record = excluded.record`,
  );
  const prune = database.prepare('DELETE FROM operations WHERE finished_at_ms < ?');
  const bound = database.prepare(
    `DELETE FROM operations WHERE id IN (
       SELECT id FROM (
         SELECT id, row_number() OVER (PARTITION BY uid ORDER BY id DESC) AS place
         FROM operations WHERE finished_at_ms IS NOT NULL
       ) WHERE place > ?)`,
  );
  const boundOf = database.prepare(
    `DELETE FROM operations
     WHERE uid = :uid AND finished_at_ms IS NOT NULL AND id <= (
       SELECT id FROM operations WHERE uid = :uid AND finished_at_ms IS NOT NULL
       ORDER BY id DESC LIMIT 1 OFFSET :newest)`,
  );
  return {
    get: (id) => one(get.get(id)),
    byKey: (uid, key) => one(byKey.get(uid, key)),
    list: (of) => list.all({ ...of, running: Number(of.running) }).map(read),
    running: () => running.all().map(read),
    put(record) {
      const text = JSON.stringify(operationSchema.parse(record));
      put.run(record.id, record.uid, record.key, record.finishedAtMs, text);
    },
    removeEndedBefore: (atMs) => Number(prune.run(atMs).changes),
    removeBeyond: (newest) => Number(bound.run(newest).changes),
    removeBeyondOf: (uid, newest) => Number(boundOf.run({ uid, newest }).changes),
  };
}

/** Tokens, in an open transaction. */
export function createTokenTable(database: DatabaseSync): TokenTable {
  const { read, one } = readerOf(tokenSchema, 'a token');
  const byHash = database.prepare('SELECT record FROM tokens WHERE hash = ?');
  const get = database.prepare('SELECT record FROM tokens WHERE id = ?');
  const list = database.prepare(
    'SELECT record FROM tokens WHERE :uid IS NULL OR uid = :uid ORDER BY id DESC',
  );
  const put = database.prepare(
    `INSERT INTO tokens (id, uid, hash, record) VALUES (?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, record = excluded.record`,
  );
  const remove = database.prepare('DELETE FROM tokens WHERE id = ?');
  return {
    byHash: (hash) => one(byHash.get(hash)),
    get: (id) => one(get.get(id)),
    list: (uid) => list.all({ uid }).map(read),
    put(record) {
      put.run(record.id, record.uid, record.hash, JSON.stringify(tokenSchema.parse(record)));
    },
    remove(id) {
      remove.run(id);
    },
  };
}
