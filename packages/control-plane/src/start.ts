import { ds01Error, type ContainerSummary, type Lease } from '@ds01/contracts';
import type { ContainerRecord, StoreTransaction } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import { parentOf } from './cgroup-parent.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { prepareNetwork, startPublished, withNetwork, type NetworkWish } from './deploy/network.ts';
import type { Secret } from './deploy/secrets.ts';
import { ledgerLost, needsRebuild, reserveTtlMs } from './deploy/reserve.ts';
import { requireInventory } from './deploy/snapshot.ts';
import {
  aboutContainer,
  appendAbout,
  appendReleased,
  noteStarted,
} from './events/container-events.ts';
import { tellRefusal } from './events/refusals.ts';
import { leaseOwnGpus, ownGpusFingerprint } from './lease-own-gpus.ts';
import { leaseOf } from './lookup.ts';
import { networkNameOf } from './networks/plan-network.ts';
import { gpuLost } from './gpu-problem.ts';
import { isAlive } from './reconcile/is-alive.ts';
import { restorePins } from './restore-pins.ts';
import { pendingContainers, putPending, removePending } from './pending.ts';
import { returnPlace, settleFailed } from './queue/claiming/failed-claims.ts';
import type { CurrentPolicy } from './policy.ts';
import { summaryOf } from './present.ts';
import { reconcile, type Reconciled } from './reconcile/reconcile.ts';
import type { ObservedContainer } from './reconcile/types.ts';

/** A container to start, as it was found. */
export interface StartRequest {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly now: Reconciled;
  readonly container: ObservedContainer;
  /** Its secrets, when they were given again; else those that are there are kept. */
  readonly secrets?: readonly Secret[];
  /** Token of {@link claimContainer}, when it was claimed before; whoever did so lets it go. */
  readonly claim?: number;
}

/** A container that runs now. */
export interface Started {
  readonly container: ContainerSummary;
  readonly lease: Lease | null;
}

/**
 * Starts a container that exists: unpauses a paused one, leases its own devices again for a stopped
 * one. Its folders and files are mounted again, its network is there before it runs. Fails with
 * `gpu.gone` when somebody else has them, `container.start-failed` while another command starts it,
 * `secrets.lost` after a reboot.
 */
export async function startExisting(
  deps: ControlPlaneDependencies,
  request: StartRequest,
  options: UseCaseOptions,
): Promise<Started> {
  const { container, now, caller, policy } = request;
  const { record } = container;
  const known = leaseOf(now.leases, record.id) ?? null;
  if (container.state === 'running' || container.state === 'restarting') {
    return { container: summaryOf(container, known ?? undefined), lease: known };
  }
  if (container.state === 'paused') {
    await deps.engine.unpauseContainer(record.id);
    const event = { type: 'container.unpaused' as const, record };
    deps.store.transaction((transaction) => appendAbout(transaction, event, deps.clock.nowMs()));
    const running = { ...container, state: 'running' as const };
    return { container: summaryOf(running, known ?? undefined), lease: known };
  }
  const { lease, token } =
    record.devices.length === 0
      ? { lease: null, token: claimContainer(deps, request) }
      : await tellRefusal(deps, aboutContainer(record), () => leaseOrRebuild(deps, request));
  try {
    const parent = parentOf(record, caller.owner, policy);
    await deps.cgroups.ensure(parent);
    await restorePins(deps, { ...request, record }, options);
    const kind = record.mounts?.network ?? 'host';
    const wish = { owner: caller.owner, policy, kind };
    // Those of before there were private networks are on the engine's own.
    if (record.mounts !== null) await prepareNetwork(deps, wish);
    options.onProgress?.(`starting ${record.name}`);
    await withNetwork(deps, wish, async () => {
      await findableByName(deps, wish, record);
      await startPublished(deps, record.id, record.name);
    });
    await deps.cgroups.ensure(parent);
    noLongerPending(deps, record.dockerName, token);
  } catch (error) {
    if (lease === null) noLongerPending(deps, record.dockerName, token);
    else giveBack(deps, lease, known);
    const fingerprint = ownGpusFingerprint(container);
    const failed = {
      caller,
      fingerprint,
      error,
      signal: options.signal,
      nowMs: deps.clock.nowMs(),
    };
    deps.store.transaction((transaction) => settleFailed(transaction, failed));
    throw error;
  }
  const details = await deps.engine.inspectContainer(record.id);
  deps.store.transaction((transaction) => noteStarted(transaction, details, deps.clock.nowMs()));
  const observed = { record, state: details.state, finishedAtMs: details.finishedAtMs };
  return { container: summaryOf(observed, lease ?? undefined, details), lease };
}

/** A renamed container is on its network under the old name until it is taken off and put on again. */
async function findableByName(
  deps: ControlPlaneDependencies,
  { kind, owner }: NetworkWish,
  { id, name, hostname }: ContainerRecord,
): Promise<void> {
  if (kind !== 'private' || hostname === null || hostname === name) return;
  await deps.engine.rejoinNetwork(id, { mode: networkNameOf(owner.slug), aliases: [name] });
}

async function leaseOrRebuild(
  deps: ControlPlaneDependencies,
  request: StartRequest,
): Promise<{ readonly lease: Lease; readonly token: number }> {
  let { now } = request;
  for (let attempt = 0; attempt < 3; attempt += 1) {
    const lease = leaseAgain(deps, { ...request, now });
    if (lease !== needsRebuild) return { lease, token: lease.token };
    requireInventory(now);
    now = await reconcile(deps, request.policy);
  }
  throw ledgerLost();
}

/** In one transaction: the container's own devices are leased to it, and its grant is written. */
function leaseAgain(
  deps: ControlPlaneDependencies,
  request: StartRequest,
): Lease | typeof needsRebuild {
  const { record } = request.container;
  return deps.store.transaction((transaction) => {
    if (transaction.meta.get('ready') !== '1') return needsRebuild;
    refuseWhileClaimed(transaction, deps, request);
    const live = leaseOf(transaction.leases.live(), record.id);
    const lease =
      live === undefined
        ? leaseOwnGpus(transaction, deps, request)
        : rebind(transaction, live, request);
    claim(transaction, deps, { request, token: lease.token });
    deps.grants.write({
      containerId: record.id,
      leaseId: lease.id,
      token: lease.token,
      devices: lease.slots.map((slot) => slot.uuid),
    });
    return lease;
  });
}

/**
 * Notes that this command is at work on the container, so that others leave it alone, until the
 * reservation runs out or the note with this token is removed. Fails with `container.start-failed`
 * while another command is.
 */
export function claimContainer(deps: ControlPlaneDependencies, request: StartRequest): number {
  return deps.store.transaction((transaction) => {
    refuseWhileClaimed(transaction, deps, request);
    const token = transaction.leases.nextToken();
    claim(transaction, deps, { request, token });
    return token;
  });
}

/**
 * Until it runs it looks like a container that stopped long ago; others must leave it alone, and two
 * commands that start it at once would take each other's pins away.
 */
function claim(
  transaction: StoreTransaction,
  deps: ControlPlaneDependencies,
  start: { readonly request: StartRequest; readonly token: number },
): void {
  const { caller, container, policy } = start.request;
  const expiresAtMs = deps.clock.nowMs() + reserveTtlMs(policy);
  const token = start.request.claim ?? start.token;
  const pending = { user: caller.owner.name, token, expiresAtMs };
  putPending(transaction, container.record.dockerName, pending);
}

function refuseWhileClaimed(
  transaction: StoreTransaction,
  deps: ControlPlaneDependencies,
  { container, claim: ownToken }: StartRequest,
): void {
  const { name, dockerName } = container.record;
  const pending = pendingContainers(transaction, deps.clock.nowMs()).get(dockerName);
  if (pending === undefined || pending.token === ownToken) return;
  throw ds01Error('container.start-failed', {
    message: `Another command is making or starting ${name} right now.`,
    hint: 'ds01 container list --all',
    details: { name },
  });
}

function noLongerPending(deps: ControlPlaneDependencies, dockerName: string, token: number): void {
  deps.store.transaction((transaction) => {
    removePending(transaction, dockerName, token);
  });
}

/** Refuses a container whose GPU failed or left the server, `gpu.lost`. */
export function refuseLost({ container, now }: Pick<StartRequest, 'container' | 'now'>): void {
  const lease = leaseOf(now.leases, container.record.id);
  if (lease?.state !== 'lost') return;
  const isRunning = isAlive(container.state);
  throw gpuLost(container.record.name, { lease, inventory: now.inventory, isRunning });
}

function rebind(transaction: StoreTransaction, live: Lease, request: StartRequest): Lease {
  if (live.state === 'lost') {
    const { inventory } = request.now;
    throw gpuLost(request.container.record.name, { lease: live, inventory, isRunning: false });
  }
  const change = {
    state: 'bound',
    token: transaction.leases.nextToken(),
    heldUntilMs: null,
  } as const;
  const expected = { token: live.token, states: [live.state] };
  transaction.leases.update(live.id, expected, change);
  return { ...live, ...change };
}

/** A start that failed leaves the lease as it was before: held as long as it was held, or none. */
function giveBack(deps: ControlPlaneDependencies, lease: Lease, before: Lease | null): void {
  deps.store.transaction((transaction) => {
    removePending(transaction, lease.dockerName, lease.token);
    // Whoever bound it since has its grant.
    if (transaction.leases.get(lease.id)?.token !== lease.token) return;
    const expected = { token: lease.token, states: [lease.state] };
    if (before !== null && before.state !== 'bound') {
      transaction.leases.update(lease.id, expected, {
        state: 'held',
        heldUntilMs: before.heldUntilMs,
      });
    } else if (before === null && lease.containerId !== null) {
      if (deps.grants.withdraw(lease.containerId) === 'in-use') return;
      transaction.leases.update(lease.id, expected, { state: 'released' });
      const released = { lease, reason: 'its container could not be started' };
      appendReleased(transaction, released, deps.clock.nowMs());
      returnPlace(transaction, lease);
    }
  });
}
