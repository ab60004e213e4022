import { statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { ds01Error } from '@ds01/contracts';
import { applicationId, migrations, tableNames } from './schema.ts';
import { DamagedLedger, MovedLedger, systemCodeOf } from './sqlite-errors.ts';

/** Which file a path leads to. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly sizeBytes: bigint;
  readonly isRegular: boolean;
}

/** An open ledger. */
export interface Connection {
  readonly database: DatabaseSync;
  readonly identity: FileIdentity;
  /**
   * Throws {@link MovedLedger} when the open file isn't the one at the path, {@link DamagedLedger}
   * when it is but has become shorter or lost its write-ahead log, neither of which SQLite does to
   * an open ledger.
   */
  assertCurrent(): void;
  close(): void;
}

/** What is at a path now; `null` for nothing. */
export function identify(path: string): FileIdentity | null {
  try {
    const status = statSync(path, { bigint: true });
    const { dev: device, ino: inode, size: sizeBytes } = status;
    return { device, inode, sizeBytes, isRegular: status.isFile() };
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/** True when both are the same file. */
export function isSameFile(left: FileIdentity, right: FileIdentity): boolean {
  return left.device === right.device && left.inode === right.inode;
}

/**
 * Opens an existing ledger, checks it and brings it up to date. Never makes a file. SQLite's own
 * errors come through; a database that is sound but no ledger is {@link DamagedLedger}; one made by a
 * newer version is `ledger.unavailable` and stays as it is.
 *
 * WAL with `synchronous = NORMAL`: whatever was committed survives the death of any process. A power
 * cut may lose the last commits but no consistency, and after a boot nothing runs whose lease could
 * be missing without reconcile finding the container.
 */
export function openConnection(path: string, busyTimeoutMs: number): Connection {
  const identity = identify(path);
  if (identity === null) throw new MovedLedger(`${path} is missing`);
  if (!identity.isRegular) throw new DamagedLedger(`${path} is not a file`);
  if (identity.sizeBytes === 0n) throw new DamagedLedger(`${path} is empty`);
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'rw');
  const database = new DatabaseSync(url, { timeout: busyTimeoutMs });
  try {
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    check(database);
    migrate(database);
    // Between the look at the path and the opening it may have become another file.
    const now = identify(path);
    if (now === null || !isSameFile(identity, now)) throw new MovedLedger(`${path} was replaced`);
    return connectionOn({ database, path, identity: now });
  } catch (error) {
    database.close();
    throw error;
  }
}

function connectionOn(open: {
  readonly database: DatabaseSync;
  readonly path: string;
  readonly identity: FileIdentity;
}): Connection {
  const { database, path, identity } = open;
  let { sizeBytes } = identity;
  const logPath = `${path}-wal`;
  const log = identify(logPath);
  return {
    database,
    identity,
    assertCurrent() {
      const now = identify(path);
      if (now === null || !isSameFile(identity, now)) throw new MovedLedger(`${path} was replaced`);
      if (now.sizeBytes < sizeBytes) throw new DamagedLedger(`${path} was truncated`);
      sizeBytes = now.sizeBytes;
      const logNow = identify(logPath);
      if (log === null || logNow === null || !isSameFile(log, logNow)) {
        throw new DamagedLedger(`${logPath} was removed`);
      }
    },
    close() {
      if (database.isOpen) database.close();
    },
  };
}

function check(database: DatabaseSync): void {
  if (pragma(database, 'application_id') !== applicationId) {
    throw new DamagedLedger('the database is not a ledger');
  }
  const result = database.prepare('PRAGMA quick_check(1)').get();
  if (result?.['quick_check'] !== 'ok') {
    throw new DamagedLedger(`the integrity check failed: ${String(result?.['quick_check'])}`);
  }
  const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const present = new Set(rows.map((row) => row['name']));
  const missing = tableNames.filter((name) => !present.has(name));
  if (missing.length > 0) throw new DamagedLedger(`tables are missing: ${missing.join(', ')}`);
}

/** Applies what is missing. Other processes may do the same at the same moment. */
function migrate(database: DatabaseSync): void {
  const version = pragma(database, 'user_version');
  if (version === migrations.length) return;
  if (version > migrations.length) {
    throw ds01Error('ledger.unavailable', {
      message: `The ledger was written by a newer version of DS01 (schema ${version}).`,
      hint: 'ds01 version',
      details: { version, known: migrations.length },
    });
  }
  applyMigrations(database);
}

/** Brings a database, also an empty one, to the newest schema in one transaction. */
export function applyMigrations(database: DatabaseSync): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    for (const migration of migrations.slice(pragma(database, 'user_version'))) {
      database.exec(migration);
    }
    database.exec(`PRAGMA application_id = ${applicationId}`);
    database.exec(`PRAGMA user_version = ${migrations.length}`);
    database.exec('COMMIT');
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

function pragma(database: DatabaseSync, name: 'application_id' | 'user_version'): number {
  return Number(database.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0);
}
