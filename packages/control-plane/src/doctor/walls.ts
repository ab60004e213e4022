import type { DoctorOutput } from '@ds01/contracts';
import type { ControlPlaneDependencies, StatelessDependencies } from '../dependencies.ts';
import { rangeOf } from '../networks/ipv4-ranges.ts';
import { pendingContainers } from '../pending.ts';
import type { CurrentPolicy } from '../policy.ts';
import { isAlive } from '../reconcile/is-alive.ts';

type Check = DoctorOutput['checks'][number];

/**
 * Whether what containers mount is still what was pinned for them. A container that runs keeps what
 * it has; one that is stopped gets its pins again when it starts.
 */
export async function checkPins(deps: ControlPlaneDependencies): Promise<Check> {
  // Listed before the ledger is read: a pin is made only once the ledger knows what it is for.
  const keys = await deps.pins.keys();
  const listing = await deps.engine.listContainers();
  const alive = new Set(listing.filter(({ state }) => isAlive(state)).map(({ id }) => id));
  const records = deps.store.transaction(({ containers }) => containers.all());
  const wrong: string[] = [];
  let whole = 0;
  let later = 0;
  for (const { pinKey, dockerName, id } of records) {
    if (pinKey === null) continue;
    const state = await deps.pins.inspect(pinKey);
    if (state === 'whole') whole += 1;
    else if (state === 'missing' && !alive.has(id)) later += 1;
    else wrong.push(`${dockerName} (${state})`);
  }
  if (wrong.length > 0) {
    return {
      id: 'pins',
      ok: false,
      severity: 'error',
      message: `mounts of containers are not as they were made: ${wrong.join(', ')}`,
      hint: 'ds01 container stop NAME, then ds01 container start NAME',
    };
  }
  const stray = strayKeys(deps, keys);
  const rest = later === 0 ? '' : `; ${later} stopped one(s) get theirs at the next start`;
  const strays = stray === 0 ? '' : `; those of ${stray} that are gone go with the next change`;
  const message = `the mounts of ${whole} container(s) are in place${rest}${strays}`;
  return { id: 'pins', ok: true, severity: stray === 0 ? 'info' : 'warning', message, hint: null };
}

/** How many pins belong to no container; while one is being made nothing can be said. */
function strayKeys(deps: ControlPlaneDependencies, keys: readonly string[]): number {
  return deps.store.transaction((transaction) => {
    if (pendingContainers(transaction, deps.clock.nowMs()).size > 0) return 0;
    const used = new Set<string>([
      ...transaction.leases.live().map(({ id }) => id),
      ...transaction.containers.all().flatMap(({ pinKey }) => pinKey ?? []),
    ]);
    return keys.filter((key) => !used.has(key)).length;
  });
}

/** Whether the walls around users' networks stand. Without any such network they aren't needed. */
export async function checkFirewall(
  deps: Pick<StatelessDependencies, 'engine' | 'firewall'>,
): Promise<Check> {
  const networks = await usersNetworks(deps);
  const inForce = networks.length === 0 || (await deps.firewall.inForce());
  const message = inForce
    ? `${networks.length} private network(s), walled off from this host`
    : 'the rules between users’ networks and this host are not in force';
  return inForce
    ? { id: 'firewall', ok: true, severity: 'info', message, hint: null }
    : { id: 'firewall', ok: false, severity: 'error', message, hint: 'ds01 container start NAME' };
}

/** From this share of the pool on it is time for a larger one. */
const fullShare = 0.9;

/** How much of the site's address range users' networks take. */
export async function checkNetworks(
  deps: Pick<StatelessDependencies, 'engine'>,
  policy: CurrentPolicy | null,
): Promise<Check> {
  const id = 'networks';
  const count = (await usersNetworks(deps)).length;
  if (policy === null) {
    const message = `${count} private network(s); there is no valid policy to say how many fit`;
    return { id, ok: true, severity: 'info', message, hint: null };
  }
  const { pool, prefix } = policy.settings.network;
  const range = rangeOf(pool);
  const capacity =
    range === null ? 0 : Math.floor((range.last - range.first + 1) / 2 ** (32 - prefix));
  const message = `${count} of the ${capacity} private networks that fit into ${pool}`;
  if (count < capacity * fullShare) return { id, ok: true, severity: 'info', message, hint: null };
  const hint = 'a larger network.pool, or a longer network.prefix, in ds01.yaml';
  return { id, ok: count < capacity, severity: 'warning', message, hint };
}

/** Who may talk to the engine past DS01: whoever does can become root. */
export async function checkDockerGroup(
  deps: Pick<StatelessDependencies, 'accounts'>,
): Promise<Check> {
  const id = 'docker-group';
  const members = await deps.accounts.groupMembers('docker');
  const [first] = members;
  if (first === undefined) {
    const message = 'nobody is in the Unix group docker';
    return { id, ok: true, severity: 'info', message, hint: null };
  }
  return {
    id,
    ok: true,
    severity: 'warning',
    message: `in the Unix group docker, and so as good as root: ${members.join(', ')}`,
    hint: `gpasswd -d ${first} docker`,
  };
}

async function usersNetworks(deps: Pick<StatelessDependencies, 'engine'>) {
  const networks = await deps.engine.listNetworks();
  return networks.filter(({ labels }) => labels['ds01.network'] !== undefined);
}
