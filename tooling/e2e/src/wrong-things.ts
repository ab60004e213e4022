import { statSync } from 'node:fs';
import type { Sandbox } from './sandbox.ts';
import { allContainers, devicesOf, doubledDevices } from './engine-truth.ts';

/**
 * What isn't as it has to be on a host where no command is at work and every hold lasts, in words:
 * leases are the devices of the containers, no reservation is left, and nothing of the host (grants,
 * pins, cgroup folders) is there without a container. Empty is good.
 */
export async function wrongThings(sandbox: Sandbox): Promise<readonly string[]> {
  const containers = await allContainers(sandbox);
  const leases = sandbox.leases();
  const { grants, pins, cgroups } = sandbox.resources();
  const withGpu = containers.filter((container) => devicesOf(container).length > 0);
  const nameOf = new Map<string, string>(containers.map(({ id, dockerName }) => [id, dockerName]));
  const leased = new Map(leases.map((lease) => [lease.container_id, lease]));
  const sources = containers.flatMap(({ mounts }) => mounts.map(({ source }) => source));
  const parents = containers.map(({ cgroupParent }) => cgroupParent);
  return [
    ...doubledDevices(withGpu).map((uuid) => `${uuid} is in two containers`),
    ...leases.flatMap((lease) => {
      if (lease.container_id === null) return [`${lease.docker_name} is still ${lease.state}`];
      return nameOf.has(lease.container_id) ? [] : [`${lease.docker_name} is leased and gone`];
    }),
    ...withGpu.flatMap((container) => {
      const slots = leased.get(container.id)?.slots.map(({ uuid }) => uuid) ?? [];
      const isSame = slots.toSorted().join() === devicesOf(container).toSorted().join();
      return isSame
        ? []
        : [`${container.dockerName} (${container.state}) leases "${slots.join()}"`];
    }),
    ...withGpu.filter(({ id }) => !grants.includes(id)).map((c) => `no grant: ${c.dockerName}`),
    ...grants.filter((id) => !nameOf.has(id)).map((id) => `a stray grant for ${id}`),
    ...pins.filter((path) => !sources.includes(path)).map((path) => `a stray pin ${path}`),
    ...sources
      .filter((path) => !pins.includes(path) && !isFile(path))
      .map((path) => `not mounted: ${path}`),
    ...cgroups
      .filter((folder) => !parents.some((parent) => parent.endsWith(`/${folder}`)))
      .map((folder) => `a stray cgroup folder ${folder}`),
  ];
}

/** Small files that DS01 wrote itself are handed out as they are; folders are mounts. */
function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
