import type { Logger, StoreTransaction } from '@ds01/ports';
import { createBuildTable } from './builds.ts';
import { identify, openConnection, type Connection, type FileIdentity } from './connection.ts';
import { createContainerTable } from './containers.ts';
import { createEventTable } from './events.ts';
import { createLeaseTable } from './leases.ts';
import { createLifecycleTable } from './lifecycle.ts';
import { createMetaTable } from './meta.ts';
import { createOutboxTable } from './outbox.ts';
import {
  createOperationTable,
  createQueueTable,
  createTokenTable,
  createUsageTable,
} from './service.ts';
import { repairLedger, type RepairOptions } from './repair.ts';
import { isDamage, isMove, MovedLedger } from './sqlite-errors.ts';

/** An open ledger with its prepared statements. */
export interface Session {
  readonly connection: Connection;
  readonly tables: StoreTransaction;
}

/** Where the ledger is, and who wants to hear about repairs. */
export interface SessionOptions {
  readonly repair: RepairOptions;
  readonly log: Logger | undefined;
}

/** Files that one opening looks at before it gives up. */
const maxAttempts = 8;

/** Opens the ledger, first making or replacing it where there is none or a damaged one. */
export function openSession(options: SessionOptions): Session {
  const { path, busyTimeoutMs, nowMs } = options.repair;
  for (let count = 0; count < maxAttempts; count += 1) {
    const present = identify(path);
    try {
      return sessionOn(openConnection(path, busyTimeoutMs), nowMs);
    } catch (error) {
      if (isDamage(error)) setAside(options, present, error);
      else if (identify(path) === null) repairLedger(options.repair, null);
      else if (!isMove(error)) throw error;
    }
  }
  throw new MovedLedger(`${path} is replaced again and again`);
}

/** The tables of an open ledger; throws SQLite's error when they aren't there. */
export function sessionOn(connection: Connection, nowMs: () => number): Session {
  const { database } = connection;
  const meta = createMetaTable(database);
  return {
    connection,
    tables: {
      leases: createLeaseTable({ database, meta, nowMs }),
      containers: createContainerTable(database),
      builds: createBuildTable(database),
      events: createEventTable(database),
      lifecycle: createLifecycleTable(database),
      outbox: createOutboxTable(database),
      queue: createQueueTable(database),
      usage: createUsageTable(database),
      operations: createOperationTable(database),
      tokens: createTokenTable(database),
      meta,
    },
  };
}

/** Sets a damaged ledger aside, if it is still the one at the path, and makes a new one. */
export function setAside(
  options: SessionOptions,
  damaged: FileIdentity | null,
  cause: unknown,
): void {
  const aside = repairLedger(options.repair, damaged);
  if (aside === null) return;
  options.log?.error('a damaged ledger was set aside and a new one made', {
    aside,
    reason: cause instanceof Error ? cause.message : String(cause),
  });
}

/** An error that came from a transaction's work and isn't the ledger's. */
export class WorkFailure extends Error {}

/** What {@link runOnce} runs. */
export interface Run<T> {
  readonly session: Session;
  readonly work: (transaction: StoreTransaction) => T;
  /** Whether the meta key `ready` must go, since the file may be an old copy. */
  readonly distrustsFile: boolean;
}

/**
 * Runs work once in an immediate transaction, on a file that is at its path when the transaction
 * begins and still is when it has been committed. Throws what SQLite says, or that the file moved;
 * any other error of the work comes as the cause of a {@link WorkFailure}.
 */
export function runOnce<T>({ session, work, distrustsFile }: Run<T>): T {
  const { connection, tables } = session;
  const { database } = connection;
  database.exec('BEGIN IMMEDIATE');
  try {
    connection.assertCurrent();
    if (distrustsFile) database.exec("DELETE FROM meta WHERE key = 'ready'");
    const result = guarded(() => work(tables));
    database.exec('COMMIT');
    connection.assertCurrent();
    return result;
  } catch (error) {
    rollBack(connection);
    throw error;
  }
}

function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    const isLedgers = error instanceof Error && Reflect.get(error, 'code') === 'ERR_SQLITE_ERROR';
    if (isLedgers || isDamage(error)) throw error;
    throw new WorkFailure('the work failed', { cause: error });
  }
}

function rollBack({ database }: Connection): void {
  try {
    if (database.isTransaction) database.exec('ROLLBACK');
  } catch {
    // What ended the transaction is reported; a connection that can't roll back is left anyway.
  }
}
