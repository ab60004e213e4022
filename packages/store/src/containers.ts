import type { DatabaseSync } from 'node:sqlite';
import {
  containerIdSchema,
  containerMountsSchema,
  leaseIdSchema,
  ownerEvidenceSchema,
  usernameSchema,
} from '@ds01/contracts';
import type { ContainerRecord, ContainerTable } from '@ds01/ports';
import { z } from 'zod';
import { createRowReader } from './read-rows.ts';
import { DamagedLedger } from './sqlite-errors.ts';

const containerRecordSchema = z.strictObject({
  id: containerIdSchema,
  dockerName: z.string(),
  user: usernameSchema.nullable(),
  uid: z.int().nullable(),
  name: z.string(),
  // Records of before have none.
  hostname: z.string().nullable().default(null),
  managed: z.boolean(),
  // Records of before don't say.
  ownerBy: ownerEvidenceSchema.nullable().default(null),
  interface: z.string(),
  image: z.string(),
  project: z.string().nullable(),
  workspace: z.string().nullable(),
  requestHash: z.string().nullable(),
  leaseId: leaseIdSchema.nullable(),
  devices: z.array(z.string()),
  protected: z.boolean(),
  monitoring: z.boolean(),
  cgroupParent: z.string(),
  pinKey: z.string().nullable(),
  // Records of before have none.
  mounts: containerMountsSchema.nullable().default(null),
  // Records of before have none.
  job: z.string().nullable().default(null),
  request: z.string().nullable(),
  createdAtMs: z.int(),
  startedAtMs: z.int().nullable(),
});

/** Known containers in an open transaction. A row that can't be read is {@link DamagedLedger}. */
export function createContainerTable(database: DatabaseSync): ContainerTable {
  const all = database.prepare('SELECT record FROM containers ORDER BY id');
  const readRows = createRowReader(readRow, (row) => String(row['record']));
  const one = database.prepare('SELECT record FROM containers WHERE id = ?');
  const remove = database.prepare('DELETE FROM containers WHERE id = ?');
  const put = database.prepare(
    `INSERT INTO containers (id, user, docker_name, lease_id, record) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET user = excluded.user, docker_name = excluded.docker_name,
       lease_id = excluded.lease_id, record = excluded.record`,
  );
  return {
    all: () => readRows(all.all()),
    get(id) {
      const row = one.get(id);
      return row === undefined ? null : readRow(row);
    },
    put(record) {
      const checked: ContainerRecord = containerRecordSchema.parse(record);
      const { id, user, dockerName, leaseId } = checked;
      put.run(id, user, dockerName, leaseId, JSON.stringify(checked));
    },
    remove(id) {
      remove.run(id);
    },
  };
}

function readRow(row: Record<string, unknown>): ContainerRecord {
  const record = containerRecordSchema.safeParse(parseJson(row['record']));
  if (!record.success) throw new DamagedLedger('a container in the ledger has an unknown form');
  return record.data;
}

/** JSON of a column, to be checked by a schema; `undefined` when it isn't JSON. */
export function parseJson(text: unknown): unknown {
  if (typeof text !== 'string') return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    return undefined;
  }
}
