import { leaseIdSchema, leaseTimeMs, slugOf } from '@ds01/contracts';
import type { StoreTransaction } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { sweepNetworks } from '../deploy/network.ts';
import { liveBuilds } from '../images/build/record.ts';
import { dropExpiredPending, pendingContainers } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';
import { parentOf } from '../cgroup-parent.ts';
import { freeDevices } from './free-devices.ts';
import { isAlive } from './is-alive.ts';
import type { Reconciled } from './reconcile.ts';

/**
 * Removes what nobody needs on the host: pins, parent cgroups and networks without a container, and tells the
 * gate which devices are free (for observe mode).
 */
export async function sweepHost(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  now: Reconciled,
): Promise<void> {
  deps.grants.setGateMode(policy.settings.gate.mode);
  deps.grants.publishFreeDevices(freeDevices(now.inventory, now.leases));
  await restoreParents(deps, policy, now);
  await sweepPins(deps, policy);
  await sweepCgroups(deps);
  await sweepNetworks(deps);
}

/**
 * After a reboot the engine makes the parents of containers that it starts itself, without limits:
 * every parent in use gets its owner's limits back.
 */
async function restoreParents(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
  now: Reconciled,
): Promise<void> {
  const done = new Set<string>();
  for (const { record, state } of now.containers) {
    const { user, managed, cgroupParent } = record;
    if (!managed || user === null || !isAlive(state) || done.has(cgroupParent)) continue;
    done.add(cgroupParent);
    await deps.cgroups.ensure(parentOf(record, { name: user, slug: slugOf(user) }, policy));
  }
}

/**
 * The pins are listed before the ledger is read, never after: what `now` says may be old when this
 * process was stopped for a while, and a pin is made only once the ledger knows what it is for.
 */
async function sweepPins(deps: ControlPlaneDependencies, policy: CurrentPolicy): Promise<void> {
  const keys = await deps.pins.keys();
  if (keys.length === 0) return;
  const nowMs = deps.clock.nowMs();
  const youngest = nowMs - policy.settings.leases.reserve_ttl_s * 1000;
  const { used, over, isQuiet } = deps.store.transaction((transaction) => {
    const leases = transaction.leases.live().map((lease): string => lease.id);
    const pinned = transaction.containers.all().flatMap(({ pinKey }) => pinKey ?? []);
    return {
      used: new Set([...leases, ...pinned]),
      over: new Set(keys.filter((key) => isReleased(transaction, key))),
      isQuiet: pendingContainers(transaction, nowMs).size === 0,
    };
  });
  // A container without a GPU is known by its name alone while it is being made.
  if (!isQuiet) return;
  for (const key of keys) {
    if (used.has(key) || (isYoungerThan(key, youngest) && !over.has(key))) continue;
    await deps.pins.unpin(key);
  }
}

function isYoungerThan(key: string, limitMs: number): boolean {
  const id = leaseIdSchema.safeParse(key);
  return id.success && leaseTimeMs(id.data) > limitMs;
}

/** The lease that a key was named after is over. */
function isReleased(transaction: StoreTransaction, key: string): boolean {
  const id = leaseIdSchema.safeParse(key);
  return id.success && transaction.leases.get(id.data)?.state === 'released';
}

/**
 * Goes by the ledger, not by what was seen before: a folder that was restored for a container which
 * somebody else removed meanwhile has to go again.
 */
async function sweepCgroups(deps: ControlPlaneDependencies): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const { pending, known, builds } = deps.store.transaction((transaction) => {
    dropExpiredPending(transaction, nowMs);
    return {
      pending: pendingContainers(transaction, nowMs),
      known: transaction.containers.all(),
      builds: liveBuilds(transaction, nowMs),
    };
  });
  if (pending.size > 0) return;
  const parents = new Set(known.map(({ cgroupParent }) => cgroupParent));
  await deps.cgroups.removeEmpty(
    (group, slug) =>
      [...parents].some((parent) => parent.endsWith(`/${group}/${slug}`)) ||
      builds.some((build) => build.group === group && build.slug === slug),
  );
}
