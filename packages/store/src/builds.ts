import type { DatabaseSync } from 'node:sqlite';
import { buildStateSchema } from '@ds01/contracts';
import type { BuildKey, BuildRecord, BuildTable } from '@ds01/ports';
import { z } from 'zod';
import { parseJson } from './containers.ts';
import { DamagedLedger } from './sqlite-errors.ts';

const buildRecordSchema = z.strictObject({
  build: z.string(),
  uid: z.int(),
  name: z.string(),
  state: buildStateSchema,
  reason: z.string().nullable(),
  imageId: z.string().nullable(),
  steps: z.int().nullable(),
  cachedSteps: z.int().nullable(),
  dockerfilePath: z.string().nullable(),
  startedAtMs: z.int(),
  finishedAtMs: z.int().nullable(),
});

const textSchema = z.object({ dockerfile: z.string(), log: z.string(), log_cut: z.int() });

const isIt = 'uid = :uid AND name = :name AND build = :build';

/**
 * Builds in an open transaction; what they were made from and what they printed is in a table of its
 * own, so that a listing never reads it. A row that can't be read is {@link DamagedLedger}.
 */
export function createBuildTable(database: DatabaseSync): BuildTable {
  const put = database.prepare(
    `INSERT INTO builds (uid, name, build, started_at_ms, record)
     VALUES (:uid, :name, :build, :startedAtMs, :record)
     ON CONFLICT (uid, name, build) DO UPDATE SET started_at_ms = excluded.started_at_ms,
       record = excluded.record`,
  );
  // Of builds that began in the same moment the one with the higher number came later.
  const list = database.prepare(
    `SELECT record FROM builds
     WHERE (:uid IS NULL OR uid = :uid) AND (:name IS NULL OR name = :name)
     ORDER BY started_at_ms DESC, length(build) DESC, build DESC, uid, name`,
  );
  const one = database.prepare(`SELECT record FROM builds WHERE ${isIt}`);
  const remove = database.prepare(`DELETE FROM builds WHERE ${isIt}`);
  const text = database.prepare(`SELECT dockerfile, log, log_cut FROM build_texts WHERE ${isIt}`);
  const putText = database.prepare(
    `INSERT INTO build_texts (uid, name, build, dockerfile, log, log_cut)
     SELECT uid, name, build, coalesce(:dockerfile, ''), coalesce(:log, ''), coalesce(:cut, 0)
     FROM builds WHERE ${isIt}
     ON CONFLICT (uid, name, build) DO UPDATE SET
       dockerfile = coalesce(:dockerfile, dockerfile), log = coalesce(:log, log),
       log_cut = coalesce(:cut, log_cut)`,
  );
  return {
    put(record) {
      const checked: BuildRecord = buildRecordSchema.parse(record);
      const { startedAtMs } = checked;
      put.run({ ...keyOf(checked), startedAtMs, record: JSON.stringify(checked) });
    },
    list: ({ uid, name }) => list.all({ uid, name }).map(readRow),
    get(of) {
      const row = one.get(keyOf(of));
      return row === undefined ? null : readRow(row);
    },
    putText(of, change) {
      putText.run({
        ...keyOf(of),
        dockerfile: change.dockerfile ?? null,
        log: change.log ?? null,
        cut: change.logCut === undefined ? null : Number(change.logCut),
      });
    },
    text(of) {
      const row = text.get(keyOf(of));
      if (row === undefined) return null;
      const read = textSchema.safeParse(row);
      if (!read.success) throw new DamagedLedger('a build in the ledger has an unknown form');
      const { dockerfile, log, log_cut: cut } = read.data;
      return { dockerfile, log, logCut: cut !== 0 };
    },
    remove(of) {
      remove.run(keyOf(of));
    },
  };
}

function keyOf({ uid, name, build }: BuildKey) {
  return { uid, name, build };
}

function readRow(row: Record<string, unknown>): BuildRecord {
  const record = buildRecordSchema.safeParse(parseJson(row['record']));
  if (!record.success) throw new DamagedLedger('a build in the ledger has an unknown form');
  return record.data;
}
