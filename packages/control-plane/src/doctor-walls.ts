import type { DoctorOutput } from '@ds01/contracts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { isAlive } from './reconcile/is-alive.ts';

type Check = DoctorOutput['checks'][number];

/**
 * Whether what containers mount is still what was pinned for them. A container that runs keeps what
 * it has; one that is stopped gets its pins again when it starts.
 */
export async function checkPins(deps: ControlPlaneDependencies): Promise<Check> {
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
  const rest = later === 0 ? '' : `; ${later} stopped one(s) get theirs at the next start`;
  const message = `the mounts of ${whole} container(s) are in place${rest}`;
  return { id: 'pins', ok: true, severity: 'info', message, hint: null };
}

/** Whether the walls around users' networks stand. Without any such network they aren't needed. */
export async function checkFirewall(deps: ControlPlaneDependencies): Promise<Check> {
  const networks = (await deps.engine.listNetworks()).filter(
    ({ labels }) => labels['ds01.network'] !== undefined,
  );
  const inForce = networks.length === 0 || (await deps.firewall.inForce());
  const message = inForce
    ? `${networks.length} private network(s), walled off from this host`
    : 'the rules between users’ networks and this host are not in force';
  return inForce
    ? { id: 'firewall', ok: true, severity: 'info', message, hint: null }
    : { id: 'firewall', ok: false, severity: 'error', message, hint: 'ds01 container start NAME' };
}
