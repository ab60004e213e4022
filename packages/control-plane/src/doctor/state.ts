import { slotsOf, type GpuInventory } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import { failing, fine, warning, type Check } from './check.ts';

/** Whether the ledger's file is whole. */
export function checkDatabase({ store }: Pick<ControlPlaneDependencies, 'store'>): Check {
  const damage = store.damage();
  if (damage === null) return fine('database', 'the database is whole');
  return failing('database', `the database is damaged: ${damage}`, 'systemctl restart ds01d');
}

/** Whether ledger and engine agree. */
export function checkState(now: Reconciled): Check {
  const lost = now.leases.filter((lease) => lease.state === 'lost');
  if (lost.length > 0) {
    const names = lost.map((lease) => lease.dockerName).join(', ');
    const message = `${lost.length} lease(s) on GPUs that vanished or failed: ${names}`;
    return failing('state', message, 'nvidia-smi -L');
  }
  if (now.repairs > 0) {
    return warning(
      'state',
      `ledger and engine differ in ${now.repairs} place(s); the next command repairs that`,
      'ds01 container list --all',
    );
  }
  return fine(
    'state',
    `${now.leases.length} lease(s), ${now.containers.length} container(s), ledger and engine agree`,
  );
}

/** Whether two running containers see one GPU or instance; `--gpus all` is told by `foreign`. */
export function checkDuplicates({ containers, inventory }: Reconciled): Check {
  const holders = new Map<string, string[]>();
  for (const { record, state } of containers) {
    if (!isAlive(state)) continue;
    for (const uuid of siliconOf(record.devices, inventory)) {
      holders.set(uuid, [...(holders.get(uuid) ?? []), record.dockerName]);
    }
  }
  const shared = [...holders].filter(([, names]) => names.length > 1);
  const [first] = shared;
  if (first === undefined) return fine('duplicates', 'no GPU is in two running containers');
  const messages = shared.map(([uuid, names]) => `${uuid} is in ${names.join(' and ')}`);
  return failing('duplicates', messages.join('; '), `docker stop ${first[1].at(-1) ?? ''}`);
}

/** What devices that a container asked for are: UUIDs, also of the parts of a whole GPU. */
function siliconOf(
  devices: readonly string[],
  inventory: GpuInventory | null,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const id of devices) {
    for (const device of inventory?.devices ?? []) {
      const slots = slotsOf(device);
      const isWhole = id === device.uuid || id === String(device.index);
      for (const { slot, uuid } of slots)
        if (isWhole || id === slot || id === uuid) found.add(uuid);
    }
  }
  return found;
}
