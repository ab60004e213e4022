import type { Sandbox } from '@ds01/e2e';

const enginesOwn = ['bridge', 'host', 'none'];

/** Everything that DS01 left on a host without containers. Empty is good. */
export async function leftOver(sandbox: Sandbox): Promise<readonly string[]> {
  const { grants, pins, cgroups } = sandbox.resources();
  const containers = await sandbox.engine.listContainers();
  const networks = await sandbox.engine.listNetworks();
  return [
    ...containers.map(({ dockerName }) => `container ${dockerName}`),
    ...sandbox.leases().map((lease) => `lease of ${lease.docker_name}, ${lease.state}`),
    ...grants.map((grant) => `grant ${grant}`),
    ...pins.map((pin) => `pin ${pin}`),
    ...cgroups.map((cgroup) => `cgroup ${cgroup}`),
    ...networks
      .filter(({ name }) => !enginesOwn.includes(name))
      .map(({ name }) => `network ${name}`),
  ];
}
