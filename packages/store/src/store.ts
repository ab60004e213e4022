import { ds01Error, isDs01Error } from '@ds01/contracts';
import type { Logger, Store, StoreTransaction } from '@ds01/ports';
import { damageOf } from './damage-of.ts';
import type { Connection } from './connection.ts';
import type { RepairOptions } from './repair.ts';
import { createInMemoryStore } from './in-memory-store.ts';
import { openSession, runOnce, setAside, WorkFailure, type Session } from './session.ts';
import { isDamage, isMove, ledgerError } from './sqlite-errors.ts';

/** What a store on a file is made of. */
export interface FileStoreOptions {
  /** The state folder; made with mode 0700 when missing. The ledger is `ds01.db` in it. */
  readonly directory: string;
  /** How long to wait for other writers; 30 s unless given. */
  readonly busyTimeoutMs?: number;
  readonly log?: Logger;
  /** Unix milliseconds; the system's clock unless given. */
  readonly nowMs?: () => number;
}

/** What a store that lives and dies with the process is made of, for dry runs and tests. */
export interface MemoryStoreOptions {
  readonly path: ':memory:';
  /** Unix milliseconds; the system's clock unless given. */
  readonly nowMs?: () => number;
}

/** What a store is made of. */
export type StoreOptions = FileStoreOptions | MemoryStoreOptions;

/** Replacements of the file that one transaction follows before it gives up. */
const maxAttempts = 8;
/** SQLite's waiters queue without order: with 60 commands at once the unluckiest waits over 10 s. */
const defaultBusyTimeoutMs = 30_000;

/**
 * The ledger on node:sqlite. Nothing is opened before the first transaction. Work runs again, from
 * the start, when the file was found replaced or damaged, so it must be safe to repeat: whatever it
 * does outside the transaction has to be idempotent. Whoever finds a replaced file takes the meta
 * key `ready` out of the new one, which may be an old copy. Damaged files are kept as
 * `ds01.db.damaged-<time>`, three at most.
 */
export function createStore(options: StoreOptions): Store {
  return 'path' in options ? createInMemoryStore(options) : createFileStore(options);
}

function createFileStore(options: FileStoreOptions): Store {
  const { directory, log } = options;
  const repair: RepairOptions = {
    directory,
    path: `${directory}/ds01.db`,
    busyTimeoutMs: options.busyTimeoutMs ?? defaultBusyTimeoutMs,
    nowMs: options.nowMs ?? Date.now,
  };
  let session: Session | null = null;
  let distrustsFile = false;
  let isRunning = false;

  const leave = (): void => {
    session?.connection.close();
    session = null;
  };
  const attempt = <T>(work: (transaction: StoreTransaction) => T): { result: T } | null => {
    session ??= openSession({ repair, log });
    const { connection } = session;
    try {
      const result = runOnce({ session, work, distrustsFile });
      distrustsFile = false;
      return { result };
    } catch (error) {
      if (!isDamage(error) && !isMove(error) && isStillCurrent(connection)) throw error;
      distrustsFile = true;
      leave();
      if (isDamage(error)) setAside({ repair, log }, connection.identity, error);
      return null;
    }
  };
  const runUntilCurrent = <T>(work: (transaction: StoreTransaction) => T): T => {
    for (let count = 0; count < maxAttempts; count += 1) {
      const done = attempt(work);
      if (done !== null) return done.result;
    }
    throw ds01Error('ledger.unavailable', {
      message: `The ledger in ${directory} is replaced again and again.`,
      hint: 'ds01 doctor',
      details: { directory },
    });
  };

  return {
    transaction(work) {
      if (isRunning) throw new Error('a transaction was begun inside another');
      isRunning = true;
      try {
        return runUntilCurrent(work);
      } catch (error) {
        if (error instanceof WorkFailure) throw error.cause;
        throw isDs01Error(error) ? error : ledgerError(directory, error);
      } finally {
        isRunning = false;
      }
    },
    directory,
    damage: () => damageOf(repair.path),
    close: leave,
  };
}

/** An error from a file that is no longer the ledger says nothing about the ledger. */
function isStillCurrent(connection: Connection): boolean {
  try {
    connection.assertCurrent();
    return true;
  } catch (error) {
    if (isMove(error) || isDamage(error)) return false;
    throw error;
  }
}
