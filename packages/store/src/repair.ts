import { closeSync, mkdirSync, openSync, readdirSync, renameSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { applyMigrations, identify, isSameFile, type FileIdentity } from './connection.ts';
import { isDamage, removeIfThere, systemCodeOf } from './sqlite-errors.ts';

/** How many damaged ledgers are kept for a look. */
const keptDamaged = 3;
/** A database in WAL mode is these files together. */
const companions = ['', '-wal', '-shm', '-journal'] as const;

/** Where a ledger lives and how it is repaired. */
export interface RepairOptions {
  readonly directory: string;
  readonly path: string;
  readonly busyTimeoutMs: number;
  readonly nowMs: () => number;
}

/**
 * Makes sure that there is a ledger to open at the path: sets aside the file `damaged` if it is
 * still there, and makes a new, empty ledger if there is none. One process at a time; whoever comes
 * second finds the first one's new ledger and leaves it alone. Returns where the damaged file went.
 */
export function repairLedger(options: RepairOptions, damaged: FileIdentity | null): string | null {
  mkdirSync(options.directory, { recursive: true, mode: 0o700 });
  return underRepairLock(options, () => {
    const present = identify(options.path);
    const isDamaged = present !== null && damaged !== null && isSameFile(present, damaged);
    const aside = isDamaged ? setAside(options) : null;
    if (aside !== null || present === null) createLedger(options);
    return aside;
  });
}

/**
 * The lock is an exclusive transaction on an empty database next to the ledger: the kernel gives it
 * up with the process, however that ends, and nothing is ever written to it.
 */
function underRepairLock<T>(options: RepairOptions, work: () => T): T {
  const lockPath = `${options.directory}/repair.lock.db`;
  closeSync(openSync(lockPath, 'a', 0o600));
  const lock = new DatabaseSync(lockPath, { timeout: options.busyTimeoutMs });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return work();
  } catch (error) {
    // Garbage in the lock's file would keep every repair from happening.
    if (isDamage(error) && !lock.isTransaction) removeIfThere(lockPath);
    throw error;
  } finally {
    lock.close();
  }
}

/**
 * Renames the ledger with its companions away. They go first: a fresh ledger next to an old log or
 * index would be read together with them.
 */
function setAside(options: RepairOptions): string {
  const time = new Date(options.nowMs()).toISOString().replaceAll(/[:.]/g, '-');
  const aside = `${options.path}.damaged-${time}`;
  for (const companion of companions.toReversed()) {
    renameIfThere(`${options.path}${companion}`, `${aside}${companion}`);
  }
  forgetOldest(options);
  return aside;
}

function forgetOldest({ directory, path }: RepairOptions): void {
  const prefix = `${path.slice(directory.length + 1)}.damaged-`;
  const names = readdirSync(directory).filter((name) => name.startsWith(prefix));
  const stamps = new Set(names.map((name) => name.replace(/-(?:wal|shm|journal)$/, '')));
  for (const stamp of [...stamps].toSorted().slice(0, -keptDamaged)) {
    for (const companion of companions) removeIfThere(`${directory}/${stamp}${companion}`);
  }
}

/** Makes the ledger under another name, complete and closed, and renames it into place. */
function createLedger({ path }: RepairOptions): void {
  const fresh = `${path}.new`;
  for (const companion of companions) removeIfThere(`${fresh}${companion}`);
  closeSync(openSync(fresh, 'wx', 0o600));
  const database = new DatabaseSync(fresh);
  try {
    applyMigrations(database);
    database.exec('PRAGMA journal_mode = WAL');
  } finally {
    database.close();
  }
  // What a deleted ledger left behind must not be taken for the new one's.
  for (const companion of companions.slice(1)) removeIfThere(`${path}${companion}`);
  renameSync(fresh, path);
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw error;
  }
}
