import { isDs01Error, type ContainerId, type Lease, type LeaseId } from '@ds01/contracts';
import type { ContainerRecord, StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { appendGpus, appendHeld, appendReleased } from '../events/container-events.ts';
import { forgetContainer } from '../events/endings.ts';
import type { Adoption, Repair } from './types.ts';

/** What is left to do outside the transaction after repairs were written. */
export interface FollowUp {
  /** Holds that ended: their grant is withdrawn, their state has to be read once more. */
  readonly endedHolds: readonly { readonly lease: Lease; readonly containerId: ContainerId }[];
  readonly orphans: readonly ContainerId[];
}

type RepairDependencies = Pick<ControlPlaneDependencies, 'grants' | 'ids' | 'clock' | 'logger'>;

/**
 * Writes planned repairs. Each is done only if the lease still has the token it was planned on:
 * whatever another process did since then wins.
 */
export function applyRepairs(
  transaction: StoreTransaction,
  repairs: readonly Repair[],
  deps: RepairDependencies,
): FollowUp {
  const endedHolds: { lease: Lease; containerId: ContainerId }[] = [];
  const orphans: ContainerId[] = [];
  for (const repair of repairs) {
    if (repair.kind === 'end-hold') {
      const ended = beginEndOfHold(transaction, repair.lease, deps);
      if (ended !== null) endedHolds.push(ended);
    } else if (repair.kind === 'remove-orphan') orphans.push(repair.containerId);
    else if (repair.kind === 'expire') {
      if (expire(transaction, repair, deps) && repair.containerId !== null) {
        orphans.push(repair.containerId);
      }
    } else applySimple(transaction, repair, deps);
  }
  return { endedHolds, orphans };
}

function applySimple(
  transaction: StoreTransaction,
  repair: Exclude<Repair, { readonly kind: 'end-hold' | 'remove-orphan' | 'expire' }>,
  deps: RepairDependencies,
): void {
  switch (repair.kind) {
    case 'forget':
      if (!isLeased(transaction, repair.containerId)) {
        const gone = { id: repair.containerId, reason: null };
        forgetContainer(transaction, gone, deps.clock.nowMs());
        transaction.meta.remove(`request:${repair.containerId}`);
      }
      break;
    case 'release':
      release(transaction, repair, deps);
      break;
    case 'hold':
      hold(transaction, repair, deps);
      break;
    case 'bind':
      if (change(transaction, repair.lease, boundFields(repair))) {
        if (repair.state === 'bound') writeGrant(repair.lease, deps);
        if (repair.lease.state === 'reserved') granted(transaction, repair.lease, deps);
      }
      break;
    case 'charge':
      change(transaction, repair.lease, { user: repair.user });
      break;
    case 'lose':
      if (change(transaction, repair.lease, { state: 'lost' })) {
        const slots = repair.lease.slots.map(({ slot, uuid }) => `${slot} ${uuid}`);
        appendGpus(transaction, { type: 'gpu.lost', lease: repair.lease }, deps.clock.nowMs());
        deps.logger.warn('a GPU was lost', { container: repair.lease.dockerName, slots });
      }
      break;
    case 'grant':
      if (isCurrent(transaction, repair.lease)) writeGrant(repair.lease, deps);
      break;
    case 'revoke':
      revoke(transaction, repair, deps);
      break;
    case 'adopt':
      adopt(transaction, repair, deps);
      break;
  }
}

function hold(
  transaction: StoreTransaction,
  { lease, heldUntilMs: untilMs }: Extract<Repair, { readonly kind: 'hold' }>,
  deps: RepairDependencies,
): void {
  if (!change(transaction, lease, { state: 'held', heldUntilMs: untilMs })) return;
  appendHeld(transaction, { lease, untilMs }, deps.clock.nowMs());
}

function granted(transaction: StoreTransaction, lease: Lease, deps: RepairDependencies): void {
  appendGpus(transaction, { type: 'gpu.lease-granted', lease }, deps.clock.nowMs());
}

const released = { state: 'released', heldUntilMs: null, expiresAtMs: null } as const;

function boundFields(repair: Extract<Repair, { readonly kind: 'bind' }>) {
  const { state, user, lease } = repair;
  const { containerId } = lease;
  return { state, user, containerId, heldUntilMs: null, expiresAtMs: null } as const;
}

function release(
  transaction: StoreTransaction,
  { lease, reason }: Extract<Repair, { readonly kind: 'release' }>,
  deps: RepairDependencies,
): void {
  if (!isCurrent(transaction, lease)) return;
  if (lease.containerId !== null) {
    // Started again since the look, or a process that outlived its container: it has the silicon.
    if (deps.grants.withdraw(lease.containerId) === 'in-use') return;
  }
  if (!change(transaction, lease, released)) return;
  if (lease.state !== 'reserved') {
    appendReleased(transaction, { lease, reason }, deps.clock.nowMs());
  }
  deps.logger.debug('lease released', { lease: lease.id, why: reason });
}

/**
 * A grant without a lease is left by a command that died before it could commit, or by a ledger
 * that was lost. Whoever passed the gate under it has the silicon, whatever the look at the engine
 * said before.
 */
function revoke(
  transaction: StoreTransaction,
  { containerId, adoption }: Extract<Repair, { readonly kind: 'revoke' }>,
  deps: RepairDependencies,
): void {
  if (isLeased(transaction, containerId)) return;
  if (deps.grants.withdraw(containerId) !== 'in-use' || adoption === null) return;
  adopt(transaction, adoption, deps);
}

function isCurrent(transaction: StoreTransaction, lease: Lease): boolean {
  const now = transaction.leases.get(lease.id);
  return now !== null && now.token === lease.token && now.state === lease.state;
}

function isLeased(transaction: StoreTransaction, id: ContainerId): boolean {
  return transaction.leases.live().some((lease) => lease.containerId === id);
}

function change(
  transaction: StoreTransaction,
  lease: Lease,
  fields: Parameters<StoreTransaction['leases']['update']>[2],
): boolean {
  const expected = { token: lease.token, states: [lease.state] };
  return transaction.leases.update(lease.id, expected, fields);
}

function writeGrant(lease: Lease, deps: RepairDependencies): void {
  if (lease.containerId === null) return;
  deps.grants.write({
    containerId: lease.containerId,
    leaseId: lease.id,
    token: lease.token,
    devices: lease.slots.map((slot) => slot.uuid),
  });
}

function expire(
  transaction: StoreTransaction,
  repair: { readonly lease: Lease; readonly containerId: ContainerId | null },
  deps: RepairDependencies,
): boolean {
  if (!isCurrent(transaction, repair.lease)) return false;
  if (repair.containerId !== null && deps.grants.withdraw(repair.containerId) === 'in-use') {
    const bound = { state: 'bound', containerId: repair.containerId, expiresAtMs: null } as const;
    if (!change(transaction, repair.lease, bound)) return true;
    granted(transaction, { ...repair.lease, ...bound }, deps);
    return false;
  }
  return change(transaction, repair.lease, { state: 'released', expiresAtMs: null });
}

function beginEndOfHold(
  transaction: StoreTransaction,
  lease: Lease,
  deps: RepairDependencies,
): { lease: Lease; containerId: ContainerId } | null {
  const containerId = lease.containerId;
  if (containerId === null || !isCurrent(transaction, lease)) return null;
  if (deps.grants.withdraw(containerId) === 'in-use') {
    change(transaction, lease, { state: 'bound', heldUntilMs: null });
    return null;
  }
  const token = transaction.leases.nextToken();
  change(transaction, lease, { token });
  return { lease: { ...lease, token }, containerId };
}

/** Ends a hold for good, unless the container was found running after its grant was gone. */
export function finishEndOfHold(
  transaction: StoreTransaction,
  ended: { readonly lease: Lease; readonly alive: boolean },
  deps: RepairDependencies,
): void {
  if (!isCurrent(transaction, ended.lease)) return;
  if (ended.alive) {
    change(transaction, ended.lease, { state: 'bound', heldUntilMs: null });
    writeGrant(ended.lease, deps);
  } else if (change(transaction, ended.lease, { state: 'released', heldUntilMs: null })) {
    const event = { type: 'lifecycle.hold-ended' as const, lease: ended.lease };
    appendGpus(transaction, event, deps.clock.nowMs());
  }
}

function adopt(transaction: StoreTransaction, repair: Adoption, deps: RepairDependencies): void {
  const record: ContainerRecord = repair.record;
  if (isLeased(transaction, record.id)) return;
  const known = record.leaseId === null ? null : transaction.leases.get(record.leaseId);
  if (known !== null && known.state === 'reserved') return;
  const id = record.leaseId !== null && known === null ? record.leaseId : deps.ids.leaseId();
  const lease = adoptedLease(repair, { id, token: transaction.leases.nextToken(), deps });
  try {
    transaction.leases.insert(lease);
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'lease.conflict') throw error;
    deps.logger.warn('two containers have the same GPU', { container: record.dockerName });
    return;
  }
  if (repair.state !== 'external') writeGrant(lease, deps);
  if (repair.state === 'held') {
    const { heldUntilMs: untilMs } = repair;
    appendHeld(transaction, { lease, untilMs }, deps.clock.nowMs());
  } else granted(transaction, lease, deps);
}

/** The lease of a container that had none. */
export function adoptedLease(
  { record, state, slots, heldUntilMs }: Adoption,
  made: {
    readonly id: LeaseId;
    readonly token: number;
    readonly deps: Pick<ControlPlaneDependencies, 'clock'>;
  },
): Lease {
  return {
    id: made.id,
    user: record.user,
    state,
    token: made.token,
    slots: [...slots],
    containerId: record.id,
    dockerName: record.dockerName,
    createdAtMs: made.deps.clock.nowMs(),
    expiresAtMs: null,
    heldUntilMs,
  };
}
