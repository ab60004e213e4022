import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';

const leaseRowSchema = z.object({
  id: z.string(),
  user: z.string().nullable(),
  state: z.string(),
  slots: z
    .string()
    .transform((text) =>
      z.array(z.object({ slot: z.string(), uuid: z.string() })).parse(JSON.parse(text)),
    ),
  container_id: z.string().nullable(),
  docker_name: z.string(),
});

/** A lease as the ledger's file has it. */
export type LeaseRow = z.infer<typeof leaseRowSchema>;

/** Reads the live leases from the ledger's file, by id; none when there is no file. */
export function readLeases(stateDirectory: string): readonly LeaseRow[] {
  return withLedger(stateDirectory, (database) =>
    database
      .prepare("SELECT * FROM leases WHERE state <> 'released' ORDER BY id")
      .all()
      .map((row) => leaseRowSchema.parse(row)),
  );
}

/** Notes of the rules, which a daemon writes whenever it looks, whatever anybody asks for. */
const looks = ['clock', 'last-pass', 'next', 'high-demand'].map((name) => `'lifecycle:${name}'`);
const settled = `SELECT * FROM meta WHERE key NOT IN (${looks.join(', ')})`;

/**
 * A hash of every row of every table of the ledger, but for what the rules measure; of nothing when
 * there is no file.
 */
export function hashLedger(stateDirectory: string): string {
  const rows = withLedger(stateDirectory, (database) =>
    database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
      .all()
      .map(({ name }) => String(name))
      .filter((name) => name !== 'lifecycle')
      .map((name) => {
        const rowsOf = name === 'meta' ? settled : `SELECT * FROM "${name}"`;
        return [name, database.prepare(rowsOf).all()];
      }),
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

function withLedger<T>(
  stateDirectory: string,
  read: (database: DatabaseSync) => readonly T[],
): readonly T[] {
  const path = join(stateDirectory, 'ds01.db');
  if (!existsSync(path)) return [];
  const database = new DatabaseSync(path, { readOnly: true, timeout: 10_000 });
  try {
    return read(database);
  } finally {
    database.close();
  }
}

/** Mount points below a folder as the process `pid` sees them. */
export function mountsBelow(pid: number, folder: string): readonly string[] {
  return readFileSync(`/proc/${String(pid)}/mountinfo`, 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${folder}/`))
    .toSorted();
}

/** Cgroup folders of users (`group/slug`) below an engine's folder, in any hierarchy. */
export function userCgroups(cgroupRoot: string): readonly string[] {
  const own = ['_daemon', '_plain'];
  const found = readdirSync('/sys/fs/cgroup').flatMap((hierarchy) => {
    const base = join('/sys/fs/cgroup', hierarchy, cgroupRoot);
    return foldersOf(base)
      .filter((group) => !own.includes(group))
      .flatMap((group) => foldersOf(join(base, group)).map((slug) => `${group}/${slug}`));
  });
  return [...new Set(found)].toSorted();
}

/** Names in a folder; none when it isn't there. */
export function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).toSorted() : [];
}

function foldersOf(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}
