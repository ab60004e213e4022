import type { ContainerId, Lease } from '@ds01/contracts';
import { adoptionIfAlive, oustedBy, planAdoptions } from './adopt.ts';
import { isAlive } from './is-alive.ts';
import { presenceOf, type Presence } from './presence.ts';
import type { ObservedContainer, ReconcileView, Repair } from './types.ts';

/**
 * What has to change so that the ledger tells the truth. Pure: the same view gives the same
 * repairs, and a view after its repairs gives none.
 */
export function planRepairs(view: ReconcileView): readonly Repair[] {
  const byId = new Map<ContainerId, ObservedContainer>(
    view.containers.map((container) => [container.record.id, container]),
  );
  const unleased = unleasedOf(view);
  const ousted = oustedBy(view, unleased);
  const leases = view.leases.flatMap((lease) => {
    if (ousted.has(lease)) {
      return [{ kind: 'release', lease, reason: 'a running container has its GPU' } as const];
    }
    const container = lease.containerId === null ? undefined : byId.get(lease.containerId);
    const presence = presenceOf(view.inventory, lease);
    return planLease(view, lease, { container, presence });
  });
  const released = new Set(
    leases.flatMap((repair) => (repair.kind === 'release' ? [repair.lease] : [])),
  );
  return [
    ...leases,
    ...view.vanished.map((containerId): Repair => ({ kind: 'forget', containerId })),
    ...planAdoptions(view, unleased, released),
    ...planGrants(view),
  ];
}

/** Containers without a lease, not even a reservation that is about to become one. */
function unleasedOf(view: ReconcileView): readonly ObservedContainer[] {
  const leased = new Set(view.leases.map((lease) => lease.containerId));
  const reserved = new Set(
    view.leases.flatMap((lease) => (lease.state === 'reserved' ? [lease.id] : [])),
  );
  return view.containers.filter(
    ({ record }) =>
      !leased.has(record.id) && (record.leaseId === null || !reserved.has(record.leaseId)),
  );
}

function planLease(
  view: ReconcileView,
  lease: Lease,
  found: { readonly container: ObservedContainer | undefined; readonly presence: Presence },
): readonly Repair[] {
  const { container, presence } = found;
  if (lease.state === 'reserved') return planReservation(view, lease);
  if (container === undefined) {
    return [{ kind: 'release', lease, reason: 'its container is gone' }];
  }
  const isLost = presence === 'lost' || (presence === 'unknown' && lease.state === 'lost');
  if (isLost) return planLost(view, lease, container);
  if (isAlive(container.state) || container.state === 'created') {
    const { managed, user } = container.record;
    const wanted = managed ? 'bound' : 'external';
    if (lease.state !== wanted) return [{ kind: 'bind', lease, state: wanted, user }];
    // Its owner was found later, or it was renamed.
    return managed || lease.user === user ? [] : [{ kind: 'charge', lease, user }];
  }
  if (!container.record.managed) {
    return [{ kind: 'release', lease, reason: 'its container stopped' }];
  }
  return planStopped(view, lease, container);
}

/**
 * A GPU that vanished or failed keeps its claims as long as its container may come back to it, and no
 * longer; one that was lost comes back only when it was seen to work again.
 */
function planLost(
  view: ReconcileView,
  lease: Lease,
  container: ObservedContainer,
): readonly Repair[] {
  if (lease.state !== 'lost') return [{ kind: 'lose', lease }];
  if (isAlive(container.state) || container.finishedAtMs === null) return [];
  const holdMs = view.holdMs(container.record);
  const stoppedAtMs = Math.max(container.finishedAtMs, view.bootedAtMs);
  const isOver = holdMs !== null && stoppedAtMs + holdMs <= view.nowMs;
  return isOver ? [{ kind: 'end-hold', lease }] : [];
}

function planStopped(
  view: ReconcileView,
  lease: Lease,
  container: ObservedContainer,
): readonly Repair[] {
  if (lease.state === 'held') {
    const over = lease.heldUntilMs !== null && lease.heldUntilMs <= view.nowMs;
    return over ? [{ kind: 'end-hold', lease }] : [];
  }
  if (view.starting.has(container.record.dockerName)) return [];
  const holdMs = view.holdMs(container.record);
  const stoppedAtMs = Math.max(container.finishedAtMs ?? view.nowMs, view.bootedAtMs);
  const heldUntilMs = holdMs === null ? null : stoppedAtMs + holdMs;
  return heldUntilMs !== null && heldUntilMs <= view.nowMs
    ? [{ kind: 'end-hold', lease }]
    : [{ kind: 'hold', lease, heldUntilMs }];
}

function planReservation(view: ReconcileView, lease: Lease): readonly Repair[] {
  const orphan = view.containers.find((container) => container.record.leaseId === lease.id);
  if (orphan !== undefined && isAlive(orphan.state)) {
    const bound = { ...lease, containerId: orphan.record.id };
    return [{ kind: 'bind', lease: bound, state: 'bound', user: lease.user }];
  }
  if (lease.expiresAtMs === null || lease.expiresAtMs > view.nowMs) return [];
  return [{ kind: 'expire', lease, containerId: orphan?.record.id ?? null }];
}

function planGrants(view: ReconcileView): readonly Repair[] {
  const holders = new Map(
    view.leases
      .filter(({ state }) => state === 'bound' || state === 'held' || state === 'lost')
      .flatMap((lease) => (lease.containerId === null ? [] : [[lease.containerId, lease]])),
  );
  const granted = new Set(view.grants.map((grant) => grant.containerId));
  const stray = view.grants.filter((grant) => !holders.has(grant.containerId));
  const missing = [...holders].filter(([id, lease]) => !granted.has(id) && lease.state === 'bound');
  return [
    ...stray.map(({ containerId }): Repair => {
      const container = view.containers.find(({ record }) => record.id === containerId);
      const adoption = container === undefined ? null : adoptionIfAlive(view, container.record);
      return { kind: 'revoke', containerId, adoption };
    }),
    ...missing.map(([, lease]): Repair => ({ kind: 'grant', lease })),
  ];
}
