import { claimsOf, readLabels, type Lease } from '@ds01/contracts';
import type { ContainerDetails } from '@ds01/ports';
import { deviceIdsOf } from '../device-ids.ts';
import { brokenHistory } from './history.ts';
import { sortedUuids, type World } from './world.ts';

const signingKey = new Uint8Array(32).fill(7);

/** Everything there is: containers of the engine, live leases of the ledger. */
export async function lookAt(world: World): Promise<{
  readonly containers: readonly ContainerDetails[];
  readonly leases: readonly Lease[];
}> {
  const listing = await world.engine.listContainers();
  const containers: ContainerDetails[] = [];
  for (const { id } of listing) containers.push(await world.engine.inspectContainer(id));
  return { containers, leases: world.store.transaction(({ leases }) => leases.live()) };
}

/** What must hold at every moment, also in the middle of a broken command: no GPU is in two hands. */
export async function brokenSafety(world: World): Promise<readonly string[]> {
  const { containers, leases } = await lookAt(world);
  const broken: string[] = [];
  const claims = leases.flatMap((lease) =>
    lease.slots.flatMap((slot) => claimsOf(slot).map((claim) => `${slot.deviceUuid}/${claim}`)),
  );
  if (new Set(claims).size !== claims.length) broken.push('two leases claim the same silicon');
  const used = containers.filter(isAlive).flatMap(deviceIdsOf);
  if (new Set(used).size !== used.length) broken.push(`a device runs twice: ${used.join(' ')}`);
  return broken;
}

/**
 * What must hold once a command ran to its end: the ledger tells the truth, nothing is left behind.
 * Broken rules in words; none is good.
 */
export async function brokenInvariants(world: World): Promise<readonly string[]> {
  const { containers, leases } = await lookAt(world);
  const nowMs = world.clock.nowMs();
  const byId = new Map(containers.map((container) => [container.id, container]));
  return [
    ...(await brokenSafety(world)),
    ...containers.flatMap((container) => wrongLeasesOf(container, leases, nowMs)),
    ...leases.flatMap((lease) => wrongLease(lease, byId, nowMs)),
    ...wrongGrants(world, leases, byId),
    ...brokenHistory(world),
    ...leftovers(world, containers, leases),
    ...(await wrongNetworks(world, containers)),
  ];
}

function isAlive({ state }: ContainerDetails): boolean {
  return state === 'running' || state === 'paused' || state === 'restarting';
}

function isOurs(container: ContainerDetails): boolean {
  return readLabels(container.labels, signingKey).trust === 'signed';
}

function wrongLeasesOf(
  container: ContainerDetails,
  leases: readonly Lease[],
  nowMs: number,
): readonly string[] {
  const devices = deviceIdsOf(container);
  const own = leases.filter((lease) => lease.containerId === container.id);
  const name = `${container.dockerName} (${container.state})`;
  if (devices.length === 0) return own.length === 0 ? [] : [`${name} has no GPU but a lease`];
  if (!isOurs(container)) return [];
  if (own.length > 1) return [`${name} has ${own.length} leases`];
  const [lease] = own;
  if (lease === undefined) {
    return isAlive(container) || container.state === 'created' ? [`${name} has no lease`] : [];
  }
  const leased = sortedUuids(lease.slots.map((slot) => slot.uuid));
  if (leased.join() !== sortedUuids(devices).join()) return [`${name} leases ${leased.join()}`];
  if (isAlive(container) || container.state === 'created') {
    return lease.state === 'bound' ? [] : [`the lease of ${name} is ${lease.state}`];
  }
  if (lease.state !== 'held') return [`the lease of ${name} is ${lease.state}`];
  const isOver = lease.heldUntilMs !== null && lease.heldUntilMs <= nowMs;
  return isOver ? [`the hold of ${name} is over`] : [];
}

function wrongLease(
  lease: Lease,
  byId: ReadonlyMap<string, ContainerDetails>,
  nowMs: number,
): readonly string[] {
  const name = `lease ${lease.id} (${lease.state})`;
  if (lease.state === 'reserved') {
    const isOver = lease.expiresAtMs === null || lease.expiresAtMs <= nowMs;
    return isOver ? [`${name} of ${lease.dockerName} has expired`] : [];
  }
  const container = lease.containerId === null ? undefined : byId.get(lease.containerId);
  if (container === undefined) return [`${name} has no container`];
  return lease.state === 'external' && !isAlive(container) ? [`${name} is of a dead one`] : [];
}

function wrongGrants(
  world: World,
  leases: readonly Lease[],
  byId: ReadonlyMap<string, ContainerDetails>,
): readonly string[] {
  const holders = new Map(leases.map((lease) => [lease.containerId, lease]));
  const stray = [...world.gate.grants.keys()].filter((id) => !holders.has(id));
  const missing = leases.filter((lease) => {
    const container = lease.containerId === null ? undefined : byId.get(lease.containerId);
    if (lease.state !== 'bound' || container === undefined || !isOurs(container)) return false;
    const grant = world.gate.grants.get(container.id);
    const uuids = lease.slots.map((slot) => slot.uuid);
    return grant === undefined || sortedUuids(grant.devices).join() !== sortedUuids(uuids).join();
  });
  return [
    ...stray.map((id) => `a stray grant for ${id.slice(0, 6)}`),
    ...missing.map((lease) => `${lease.dockerName} has no grant`),
  ];
}

/** Every network of ours is somebody's who has a container, and every container's is there. */
async function wrongNetworks(
  world: World,
  containers: readonly ContainerDetails[],
): Promise<readonly string[]> {
  const networks = (await world.engine.listNetworks()).map(({ name }) => name);
  const used = new Set(containers.map(({ networkMode }) => networkMode));
  const missing = containers.filter(
    (container) => isAlive(container) && !networks.includes(container.networkMode),
  );
  return [
    ...networks
      .filter((name) => name.startsWith('ds01-') && !used.has(name))
      .map((name) => `a stray network ${name}`),
    ...missing.map(({ dockerName, networkMode }) => `${dockerName} is on no ${networkMode}`),
  ];
}

function leftovers(
  world: World,
  containers: readonly ContainerDetails[],
  leases: readonly Lease[],
): readonly string[] {
  const sources = containers.flatMap(({ mounts }) => mounts.map(({ source }) => source));
  const reserved = new Set<string>(leases.map(({ id }) => id));
  const strayPins = [...world.pins.pinned.keys()].filter(
    (key) => !reserved.has(key) && !sources.some((source) => source.includes(`/${key}/`)),
  );
  const parents = new Set(containers.map(({ cgroupParent }) => cgroupParent));
  const folders = [...world.cgroups.folders];
  const names = containers.map(({ dockerName }) => dockerName);
  return [
    ...strayPins.map((key) => `a stray pin ${key}`),
    ...folders.filter(([path]) => !parents.has(path)).map(([path]) => `a stray cgroup ${path}`),
    ...folders
      .filter(([, limits]) => limits === null)
      .map(([path]) => `${path} was made by the engine, without limits`),
    ...(new Set(names).size === names.length ? [] : ['two containers have the same name']),
    ...names
      .filter((name) => name.includes('.recreated') || name.startsWith('ds01-look-'))
      .map((name) => `left over: ${name}`),
  ];
}
