import type { ContainerDetails } from '@ds01/ports';
import type { Sandbox } from './sandbox.ts';

/** Details of every container, as the engine has them; one that goes meanwhile is left out. */
export async function allContainers(sandbox: Sandbox): Promise<readonly ContainerDetails[]> {
  const listing = await sandbox.engine.listContainers();
  const details = await Promise.all(
    listing.map((row) => sandbox.engine.inspectContainer(row.id).catch(() => null)),
  );
  return details.filter((container) => container !== null);
}

/** Ids of the devices that a container was given. */
export function devicesOf(container: ContainerDetails): readonly string[] {
  return container.deviceRequests.flatMap((request) => request.deviceIds);
}

/** Devices that more than one of the containers have. */
export function doubledDevices(containers: readonly ContainerDetails[]): readonly string[] {
  const all = containers.flatMap(devicesOf);
  return [...new Set(all.filter((device, index) => all.indexOf(device) !== index))];
}

/**
 * Removes every container of the users, all at once, and what goes with them. The command that
 * follows takes away the folders that each of them left for the others.
 */
export async function retireAll(sandbox: Sandbox, users: readonly string[]): Promise<void> {
  const outcomes = await Promise.all(
    users.map((user) =>
      sandbox.ds01(['container', 'retire', '--all', '--force', '--yes', '--json'], { user }),
    ),
  );
  for (const outcome of [...outcomes, await sandbox.ds01(['container', 'list', '--json'])]) {
    if (outcome.code !== 0) throw new Error(`${outcome.stdout}${outcome.stderr}`);
  }
}
