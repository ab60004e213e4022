import {
  ds01Error,
  isDs01Error,
  type ContainerId,
  type ContainerLimits,
  type ContainerNetworkKind,
  type Lease,
  type MountedFolder,
} from '@ds01/contracts';
import type { ContainerDetails, PortMapping } from '@ds01/ports';
import type { Caller, UseCaseOptions } from '../caller.ts';
import { containerRecordOf } from '../container-record.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import {
  aboutContainer,
  appendGpus,
  appendReleased,
  noteStarted,
} from '../events/container-events.ts';
import { forgetContainer } from '../events/endings.ts';
import { appendEvent } from '../events/record-event.ts';
import { removePending, renewPending } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';
import { engineInfo } from '../reconcile/reconcile.ts';
import { makeHome } from '../identity/home.ts';
import { noteUse } from '../images/last-use.ts';
import { keepRenewing, type Renewal } from '../renewal.ts';
import { createUndo } from '../undo.ts';
import { grantedResources, type AskedResources } from './asked-resources.ts';
import type { LocalImage } from '../images/find-image.ts';
import { checkMadeFrom } from './image.ts';
import { prepareNetwork, startPublished, withNetwork } from './network.ts';
import { planMounts } from './plan-mounts.ts';
import { containerMountsOf } from './planned-mounts.ts';
import { reserveTtlMs, type Reservation } from './reserve.ts';
import type { Secret } from './secrets.ts';
import { containerSpecOf, diskNotices, limitsOf } from './spec.ts';

/** Everything about the container to make. */
export interface MakeRequest {
  readonly caller: Caller;
  readonly policy: CurrentPolicy;
  readonly reservation: Reservation;
  readonly name: string;
  /** Gives the image, while the reservation is kept alive. */
  readonly prepareImage: () => Promise<LocalImage>;
  readonly project: string | null;
  readonly workspace: string;
  readonly createWorkspace: boolean;
  readonly data: readonly MountedFolder[];
  /** `kept`: those that are pinned under `pinKey`. */
  readonly secrets: readonly Secret[] | 'kept' | null;
  readonly network: ContainerNetworkKind;
  readonly ports: readonly PortMapping[];
  readonly asked: AskedResources;
  /** The key of the pins that it takes over from the container in whose place it comes. */
  readonly pinKey: string | null;
  readonly env: Readonly<Record<string, string>>;
  readonly command: readonly string[] | null;
  /** `null` when it was lost with a ledger. */
  readonly canonical: string | null;
  readonly requestHash: string;
  readonly start: boolean;
}

/** A container that was made. */
export interface MadeContainer {
  readonly details: ContainerDetails;
  readonly lease: Lease | null;
  readonly limits: ContainerLimits;
}

/**
 * Create, bind, start: the container gets the reserved devices, the reservation becomes a binding in
 * one transaction, and only then it starts. On any failure everything done so far is undone.
 */
export async function makeContainer(
  deps: ControlPlaneDependencies,
  request: MakeRequest,
  options: UseCaseOptions,
): Promise<MadeContainer> {
  const { caller, policy, reservation } = request;
  const undo = createUndo(deps.logger);
  const renewal = renew(deps, request);
  undo.add('reservation', async () => dropReservation(deps, reservation));
  let pinning: Promise<unknown> = Promise.resolve();
  try {
    const image = await request.prepareImage();
    const user = policy.forUser(caller.owner.name);
    const parent = { group: user.group, slug: caller.owner.slug, limits: user.aggregate };
    const key = request.pinKey ?? reservation.lease?.id ?? deps.ids.leaseId();
    // Pins that are somebody else's too stay, with the secrets in them.
    if (request.pinKey === null) undo.add('pins', () => deps.pins.unpin(key));
    const planned = await planMounts(deps, { request, image }, options);
    const wish = { owner: caller.owner, policy, kind: request.network };
    const places = await deps.pins.prepare(key, planned.requests);
    // People's folders are opened while everything else goes on; the container is not started before.
    pinning = deps.pins.pin(key, planned.requests);
    pinning.catch(() => undefined);
    const [cgroup, network, host] = await allDone([
      deps.cgroups.ensure(parent),
      prepareNetwork(deps, wish),
      engineInfo(deps.engine),
    ]);
    options.signal?.throwIfAborted();
    const capacity = { cpuCount: host.cpus, memoryBytes: host.memoryBytes };
    const resources = grantedResources(user, request.asked, capacity);
    const disk = deps.disks.diskOf(host.dataRoot);
    const spec = containerSpecOf({
      caller,
      name: request.name,
      dockerName: reservation.dockerName,
      image: image.reference,
      imageDetails: image.details,
      project: request.project,
      workspace: request.workspace,
      env: request.env,
      command: request.command,
      requestHash: request.requestHash,
      lease: reservation.lease,
      mounts: containerMountsOf(planned.mounts, places),
      groupIds: planned.groupIds,
      needs: {
        image: image.details.id,
        data: [...request.data],
        secrets: request.secrets !== null,
        network: request.network,
      },
      network: {
        mode: network.mode,
        aliases: request.network === 'private' ? [request.name] : [],
      },
      ports: request.ports,
      cgroupParent: cgroup.cgroupParent,
      resources,
      disk,
      signingKey: deps.signingKey,
      nowMs: deps.clock.nowMs(),
    });
    let lease: Lease | null = null;
    const create = async (): Promise<ContainerId> => {
      const made = await withNetwork(deps, wish, () => deps.engine.createContainer(spec));
      undo.add('binding', async () => releaseBinding(deps, made, lease));
      undo.add('container', () => deps.engine.removeContainer(made, { force: true }));
      const { facts } = planned;
      await makeHome(deps, { id: made, owner: caller.owner, facts, reference: image.reference });
      return made;
    };
    // A container that was made isn't started before everything that it sees is in its place.
    // What a folder is refused for comes first: without its place the engine refuses as well.
    const making = create();
    const [, id] = await allDone([pinning, making]);
    const details = await deps.engine.inspectContainer(id);
    checkMadeFrom(image, details.imageId);
    lease = bind(deps, { request, id, details });
    renewal.stop();
    options.signal?.throwIfAborted();
    if (request.start) {
      options.onProgress?.(`starting ${request.name}`);
      await withNetwork(deps, wish, () => startPublished(deps, id, request.name));
      await deps.cgroups.ensure(parent);
      options.signal?.throwIfAborted();
    }
    const notices = [...cgroup.notices, ...network.notices, ...diskNotices(disk, resources)];
    const after = request.start ? await inspectStarted(deps, id) : details;
    return { details: after, lease, limits: limitsOf(resources, notices) };
  } catch (error) {
    renewal.stop();
    await pinning.catch(() => undefined);
    await undo.run();
    // Whoever found the reservation run out has removed what was made for it.
    throw isDs01Error(error) && error.code === 'container.not-found' ? fenced(request) : error;
  }
}

async function inspectStarted(
  deps: ControlPlaneDependencies,
  id: ContainerId,
): Promise<ContainerDetails> {
  const details = await deps.engine.inspectContainer(id);
  deps.store.transaction((transaction) => noteStarted(transaction, details, deps.clock.nowMs()));
  return details;
}

/** All results; nothing is under way any more when one fails and the others are undone. */
async function allDone<const Work extends readonly Promise<unknown>[]>(work: Work) {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/**
 * The reservation becomes a binding if it is still ours; else we were fenced off. Record, lease and
 * grant are one transaction.
 */
function bind(
  deps: ControlPlaneDependencies,
  made: {
    readonly request: MakeRequest;
    readonly id: ContainerId;
    readonly details: ContainerDetails;
  },
): Lease | null {
  const { request, id, details } = made;
  const { reservation } = request;
  const record = {
    ...containerRecordOf(details, deps.signingKey),
    request: request.canonical,
  };
  // Stopped for so long that its own labels are no longer believed.
  if (!record.managed) throw fenced(request);
  return deps.store.transaction((transaction) => {
    if (!removePending(transaction, reservation.dockerName, reservation.token))
      throw fenced(request);
    const nowMs = deps.clock.nowMs();
    transaction.containers.put(record);
    noteUse(transaction.meta, details.imageId, nowMs);
    const { image, interface: door } = record;
    const created = { ...aboutContainer(record), details: { image, interface: door } };
    appendEvent(transaction, { type: 'container.created', ...created }, nowMs);
    if (reservation.lease === null) return null;
    const token = transaction.leases.nextToken();
    const expected = { token: reservation.token, states: ['reserved'] as const };
    const change = { state: 'bound', token, containerId: id, expiresAtMs: null } as const;
    if (!transaction.leases.update(reservation.lease.id, expected, change)) throw fenced(request);
    const lease: Lease = { ...reservation.lease, ...change };
    appendGpus(transaction, { type: 'gpu.lease-granted', lease }, nowMs);
    deps.grants.write({
      containerId: id,
      leaseId: lease.id,
      token,
      devices: lease.slots.map((slot) => slot.uuid),
    });
    return lease;
  });
}

function fenced(request: MakeRequest) {
  return ds01Error('lease.fenced', {
    message:
      `The reservation for ${request.name} ran out before the container was ready ` +
      `(after ${request.policy.settings.leases.reserve_ttl_s} s), so it was undone.`,
    hint: 'run the same command again',
  });
}

function dropReservation(deps: ControlPlaneDependencies, reservation: Reservation): void {
  deps.store.transaction((transaction) => {
    removePending(transaction, reservation.dockerName, reservation.token);
    if (reservation.lease === null) return;
    const expected = { token: reservation.token, states: ['reserved'] as const };
    transaction.leases.update(reservation.lease.id, expected, {
      state: 'released',
      expiresAtMs: null,
    });
  });
}

/** After the container is gone: its lease is free again. */
function releaseBinding(
  deps: ControlPlaneDependencies,
  id: ContainerId,
  lease: Lease | null,
): void {
  deps.store.transaction((transaction) => {
    const nowMs = deps.clock.nowMs();
    const reason = 'it could not be started';
    if (lease !== null && deps.grants.withdraw(id) !== 'in-use') {
      const expected = { token: lease.token, states: [lease.state] };
      transaction.leases.update(lease.id, expected, { state: 'released' });
      appendReleased(transaction, { lease, reason: 'its container could not be started' }, nowMs);
    }
    forgetContainer(transaction, { id, reason }, nowMs);
  });
}

/** Keeps the reservation alive while this process does; a stopped process loses it. */
function renew(deps: ControlPlaneDependencies, request: MakeRequest): Renewal {
  const { reservation, policy } = request;
  const ttlMs = reserveTtlMs(policy);
  return keepRenewing(deps, ttlMs, () => {
    deps.store.transaction((transaction) => {
      const { dockerName, token, lease } = reservation;
      const expiresAtMs = deps.clock.nowMs() + ttlMs;
      if (!renewPending(transaction, dockerName, { token, expiresAtMs }) || lease === null) return;
      const expected = { token, states: ['reserved'] as const };
      transaction.leases.update(lease.id, expected, { expiresAtMs });
    });
  });
}
