import { statfsSync, unlinkSync, writeFileSync } from 'node:fs';
import { ds01Error, type Ds01Error } from '@ds01/contracts';

/** The file at the ledger's path can't be used: it has to be set aside. */
export class DamagedLedger extends Error {}

/** The open file isn't the one at the ledger's path any more. */
export class MovedLedger extends Error {}

/** Result codes of SQLite (sqlite.org/rescode.html); the low byte is the primary one. */
const codes = {
  error: 1,
  permission: 3,
  busy: 5,
  locked: 6,
  readOnly: 8,
  corrupt: 11,
  full: 13,
  cannotOpen: 14,
  notADatabase: 26,
  shortRead: 522,
  databaseMoved: 1032,
} as const;

/** Extended result codes of broken rules: primary key, trigger, unique index. */
const constraintCodes: ReadonlySet<number> = new Set([1555, 1811, 2067]);

/** SQLite's extended result code of an error; `null` when it isn't SQLite's. */
function sqliteCodeOf(error: unknown): number | null {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'errcode') : undefined;
  return typeof code === 'number' ? code : null;
}

/** True when a uniqueness rule or a trigger refused a row. */
export function isConstraint(error: unknown): boolean {
  return constraintCodes.has(sqliteCodeOf(error) ?? 0);
}

/** True when the database itself is broken, including tables that are missing under a statement. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCodeOf(error);
  if (code === null) return error instanceof DamagedLedger;
  if (code === codes.error) return error instanceof Error && error.message.startsWith('no such ');
  const primary = code & 0xff;
  return code === codes.shortRead || primary === codes.corrupt || primary === codes.notADatabase;
}

/** True when SQLite itself noticed that its file was moved away. */
export function isMove(error: unknown): boolean {
  return error instanceof MovedLedger || sqliteCodeOf(error) === codes.databaseMoved;
}

/**
 * What a failed access to the ledger in `directory` means to people: `ledger.busy`,
 * `internal.storage-full`, `internal.state-unwritable` or `ledger.unavailable`.
 */
export function ledgerError(directory: string, cause: unknown): Ds01Error {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const details = { directory, reason };
  const primary = (sqliteCodeOf(cause) ?? 0) & 0xff;
  if (primary === codes.busy || primary === codes.locked) {
    const message = 'Another ds01 process kept the ledger locked for too long.';
    return ds01Error('ledger.busy', { message, hint: 'ds01 doctor', details, cause });
  }
  if (primary === codes.full || isStorageFull(directory, cause)) {
    const message = `No space is left for the ledger in ${directory}.`;
    return ds01Error('internal.storage-full', {
      message,
      hint: `df -h ${directory}`,
      details,
      cause,
    });
  }
  const unwritable: readonly number[] = [codes.permission, codes.readOnly, codes.cannotOpen];
  if (unwritable.includes(primary) || systemCodeOf(cause) !== undefined) {
    const message = `The state folder ${directory} can't be written: ${reason}`;
    return ds01Error('internal.state-unwritable', { message, hint: 'ds01 doctor', details, cause });
  }
  const message = `The ledger can't be used: ${reason}`;
  return ds01Error('ledger.unavailable', { message, hint: 'ds01 doctor', details, cause });
}

/** Node's code of a system error; `undefined` for anything else. */
export function systemCodeOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return typeof code === 'string' && code !== 'ERR_SQLITE_ERROR' ? code : undefined;
}

/** SQLite reports a file that can't be grown in many ways, so the disk is asked as well. */
function isStorageFull(directory: string, cause: unknown): boolean {
  const code = systemCodeOf(cause);
  if (code !== undefined) return code === 'ENOSPC' || code === 'EDQUOT';
  const probe = `${directory}/.space-probe.${process.pid}`;
  try {
    const space = statfsSync(directory);
    if (space.bavail === 0) return true;
    writeFileSync(probe, new Uint8Array(64 * 1024), { mode: 0o600 });
    return false;
  } catch (error) {
    return systemCodeOf(error) === 'ENOSPC' || systemCodeOf(error) === 'EDQUOT';
  } finally {
    removeIfThere(probe);
  }
}

/** Removes a file; absence is fine. */
export function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT' && systemCodeOf(error) !== 'ENOTDIR') throw error;
  }
}
