import type { DatabaseSync } from 'node:sqlite';
import { claimsOf, ds01Error, leaseSchema, type Lease } from '@ds01/contracts';
import type { LeaseTable, MetaTable } from '@ds01/ports';
import { parseJson } from './containers.ts';
import { createRowReader } from './read-rows.ts';
import { DamagedLedger, isConstraint } from './sqlite-errors.ts';

const columns = `id, user, state, token, slots, container_id, docker_name, created_at_ms,
  expires_at_ms, held_until_ms`;

/**
 * Tokens of a fresh ledger start at the time in ms times this, above all of a lost one that gave out
 * fewer than these per ms on average; the product stays a safe integer until the year 2248.
 */
const tokensPerMs = 1024;

/** What the lease table needs. */
export interface LeaseTableDeps {
  readonly database: DatabaseSync;
  readonly meta: MetaTable;
  readonly nowMs: () => number;
}

/** Leases in an open transaction. A row that can't be read is {@link DamagedLedger}. */
export function createLeaseTable({ database, meta, nowMs }: LeaseTableDeps): LeaseTable {
  const live = database.prepare(
    `SELECT ${columns} FROM leases WHERE state <> 'released' ORDER BY id`,
  );
  const one = database.prepare(`SELECT ${columns} FROM leases WHERE id = ?`);
  const add = database.prepare(
    `INSERT INTO leases (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const replace = database.prepare(
    `UPDATE leases SET user = ?, state = ?, token = ?, slots = ?, container_id = ?,
       docker_name = ?, expires_at_ms = ?, held_until_ms = ? WHERE id = ?`,
  );
  const readRows = createRowReader(readRow, (row) => JSON.stringify(row));
  const claims = createClaims(database);
  const get = (id: Lease['id']): Lease | null => {
    const row = one.get(id);
    return row === undefined ? null : readRow(row);
  };
  const raiseToken = (token: number) => {
    if (token > storedToken(meta)) meta.set('token', String(token));
  };
  return {
    live: () => readRows(live.all()),
    get,
    insert(given) {
      const lease = leaseSchema.parse(given);
      atomically(database, lease, () => {
        add.run(
          lease.id,
          lease.user,
          lease.state,
          lease.token,
          JSON.stringify(lease.slots),
          lease.containerId,
          lease.dockerName,
          lease.createdAtMs,
          lease.expiresAtMs,
          lease.heldUntilMs,
        );
        claims.put(lease);
        raiseToken(lease.token);
      });
    },
    update(id, expected, change) {
      const before = get(id);
      if (before === null || before.token !== expected.token) return false;
      if (!expected.states.includes(before.state)) return false;
      const lease = leaseSchema.parse({ ...before, ...change });
      atomically(database, lease, () => {
        replace.run(
          lease.user,
          lease.state,
          lease.token,
          JSON.stringify(lease.slots),
          lease.containerId,
          lease.dockerName,
          lease.expiresAtMs,
          lease.heldUntilMs,
          lease.id,
        );
        claims.drop(lease.id);
        claims.put(lease);
        raiseToken(lease.token);
      });
      return true;
    },
    nextToken() {
      const token = Math.max(storedToken(meta) + 1, nowMs() * tokensPerMs);
      meta.set('token', String(token));
      return token;
    },
  };
}

function createClaims(database: DatabaseSync): {
  readonly put: (lease: Lease) => void;
  readonly drop: (id: string) => void;
} {
  const addSlot = database.prepare('INSERT INTO slots (slot_uuid, lease_id) VALUES (?, ?)');
  const addClaim = database.prepare(
    'INSERT INTO claims (device_uuid, claim, is_placed, lease_id) VALUES (?, ?, ?, ?)',
  );
  const dropSlots = database.prepare('DELETE FROM slots WHERE lease_id = ?');
  const dropClaims = database.prepare('DELETE FROM claims WHERE lease_id = ?');
  return {
    put(lease) {
      if (lease.state === 'released') return;
      for (const slot of lease.slots) {
        addSlot.run(slot.uuid, lease.id);
        const isPlaced = slot.memorySlices === null ? 0 : 1;
        for (const claim of claimsOf(slot)) {
          addClaim.run(slot.deviceUuid, claim, isPlaced, lease.id);
        }
      }
    },
    drop(id) {
      dropSlots.run(id);
      dropClaims.run(id);
    },
  };
}

/** All of `work` or nothing of it, so that a caller may go on after `lease.conflict`. */
function atomically(database: DatabaseSync, lease: Lease, work: () => void): void {
  database.exec('SAVEPOINT lease');
  try {
    work();
  } catch (error) {
    // A full disk ends the whole transaction, and the savepoint with it.
    if (database.isTransaction) database.exec('ROLLBACK TO lease; RELEASE lease');
    if (!isConstraint(error)) throw error;
    const slots = lease.slots.map(({ slot, uuid }) => ({ slot, uuid }));
    throw ds01Error('lease.conflict', {
      message: `Another live lease holds a part of ${slots.map(({ slot }) => slot).join(', ')}.`,
      hint: 'ds01 gpu status',
      details: { leaseId: lease.id, slots },
      cause: error,
    });
  }
  database.exec('RELEASE lease');
}

function storedToken(meta: MetaTable): number {
  return Number(meta.get('token') ?? 0);
}

function readRow(row: Record<string, unknown>): Lease {
  const lease = leaseSchema.safeParse({
    id: row['id'],
    user: row['user'],
    state: row['state'],
    token: row['token'],
    slots: parseJson(row['slots']),
    containerId: row['container_id'],
    dockerName: row['docker_name'],
    createdAtMs: row['created_at_ms'],
    expiresAtMs: row['expires_at_ms'],
    heldUntilMs: row['held_until_ms'],
  });
  if (!lease.success) throw new DamagedLedger('a lease in the ledger has an unknown form');
  return lease.data;
}
