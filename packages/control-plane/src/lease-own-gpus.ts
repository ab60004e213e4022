import { ds01Error, slotUuidSchema, type AllocationSnapshot, type Lease } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { requireInventory, snapshotOf } from './deploy/snapshot.ts';
import { appendGpus } from './events/container-events.ts';
import { checkGrant, endClaimed } from './queue/claiming/claim.ts';
import { ownEntry } from './queue/entries.ts';
import { leaveName } from './queue/joining/join.ts';
import { promiseEnd } from './queue/ledger/promised-ends.ts';
import { placeInTurn } from './queue/granting/take-turn.ts';
import { leasedSlotOf } from './reconcile/adopt.ts';
import type { ObservedContainer } from './reconcile/types.ts';
import { refusalError } from './refusal.ts';
import type { StartRequest } from './start.ts';

/** What makes a wait for the GPUs of a container the same as another. */
export function ownGpusFingerprint({ record }: Pick<ObservedContainer, 'record'>): string {
  return `${record.id} its own GPUs`;
}

/**
 * Leases its own devices to a stopped container again: those that were granted to it, or that nobody has
 * and nobody waits for. Fails with `gpu.gone`, `gpu.reserved`, `gpu.none-free`, `quota.*`.
 */
export function leaseOwnGpus(
  transaction: StoreTransaction,
  deps: ControlPlaneDependencies,
  request: StartRequest,
): Lease {
  const { container, policy, caller, now } = request;
  const { record } = container;
  const leases = transaction.leases.live();
  const nowMs = deps.clock.nowMs();
  const snapshot = snapshotOf(deps, { inventory: requireInventory(now), leases, policy, nowMs });
  const granted = claimGranted(transaction, request, snapshot);
  if (granted !== null) return granted;
  const own = ownEntry(transaction, caller, ownGpusFingerprint(container));
  const uuids = record.devices.map((id) => slotUuidSchema.parse(id));
  const gpu = { kind: 'exact', uuids } as const;
  const asked = { caller, policy, gpu, snapshot, own };
  const { decision, endsByMs } = placeInTurn(transaction, asked);
  if (decision.decision === 'refused') {
    const { resolved } = policy.forUser(caller.owner.name);
    const error = refusalError(decision, { resolved, policy, leases, nowMs });
    if (error.code !== 'gpu.gone' && error.code !== 'gpu.reserved') throw error;
    throw ds01Error(error.code, {
      message: `${record.name} can't start on its own GPU: ${error.message}`,
      hint: `ds01 container start ${record.name} --recreate`,
      retryable: error.retryable,
      details: error.details,
    });
  }
  const lease: Lease = {
    id: deps.ids.leaseId(),
    user: caller.owner.name,
    state: 'bound',
    token: transaction.leases.nextToken(),
    slots: decision.slots.map(leasedSlotOf),
    containerId: record.id,
    dockerName: record.dockerName,
    createdAtMs: nowMs,
    expiresAtMs: null,
    heldUntilMs: null,
  };
  transaction.leases.insert(lease);
  promiseEnd(transaction.meta, lease.id, endsByMs);
  appendGpus(transaction, { type: 'gpu.lease-granted', lease }, nowMs);
  if (own !== undefined) endClaimed(transaction, { entry: own, lease }, nowMs);
  leaveName(transaction, { caller, dockerName: record.dockerName, nowMs });
  return lease;
}

function claimGranted(
  transaction: StoreTransaction,
  { container, policy, caller }: StartRequest,
  snapshot: AllocationSnapshot,
): Lease | null {
  const { record } = container;
  const entry = ownEntry(transaction, caller, ownGpusFingerprint(container));
  if (entry?.state !== 'granted') return null;
  const granted = checkGrant(transaction, { entry, policy, snapshot });
  if (granted === null) return null;
  const expected = { token: granted.lease.token, states: ['reserved'] as const };
  const change = {
    state: 'bound',
    token: transaction.leases.nextToken(),
    containerId: record.id,
    dockerName: record.dockerName,
    expiresAtMs: null,
  } as const;
  transaction.leases.update(granted.lease.id, expected, change);
  const lease = { ...granted.lease, ...change };
  endClaimed(transaction, { entry, lease }, snapshot.nowMs);
  appendGpus(transaction, { type: 'gpu.lease-granted', lease }, snapshot.nowMs);
  return lease;
}
