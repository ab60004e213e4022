import type { EngineInfo } from '@ds01/ports';
import type { StatelessDependencies } from '../dependencies.ts';
import { overlaps, rangeOf } from '../networks/ipv4-ranges.ts';
import type { CurrentPolicy } from '../policy.ts';
import { failing, fine, warning, type Check } from './check.ts';

/** Which engine answers, and how it groups processes. */
export function checkEngine(info: EngineInfo): Check {
  return fine(
    'engine',
    `Docker ${info.version} (API ${info.apiVersion}), ${info.cpus} CPUs, ` +
      `cgroup v${info.cgroupVersion} with ${info.cgroupDriver}`,
  );
}

/** Whether limits on memory hold swap, too. */
export function checkCgroups(
  { facts }: Pick<StatelessDependencies, 'facts'>,
  info: EngineInfo,
): Check {
  const id = 'cgroups';
  const groups = `cgroup v${info.cgroupVersion} with ${info.cgroupDriver}`;
  const isCounted = facts.countsSwap(info.cgroupVersion) ?? info.limitsSwap;
  if (isCounted) return fine(id, `${groups}; memory limits hold swap, too`);
  return warning(
    id,
    `${groups}; swap is not counted: who is over the limit goes on in swap`,
    info.cgroupVersion === 1
      ? 'boot with the kernel parameter swapaccount=1'
      : 'boot with systemd.unified_cgroup_hierarchy=1 and without cgroup_disable=memory',
  );
}

/** What Docker takes when it is told nothing: 15 of 172.17.0.0/16 and on, 16 of 192.168.0.0/16. */
const builtInNetworks = 31;
/** From this share on it is time for more. */
const fullShare = 0.9;

/** How many networks the engine has room for besides those of DS01. */
export async function checkAddressPools(
  { engine }: Pick<StatelessDependencies, 'engine'>,
  info: EngineInfo,
  policy: CurrentPolicy | null,
): Promise<Check> {
  const id = 'address-pools';
  const all = await engine.listNetworks();
  const own = all.filter(
    ({ name, labels }) =>
      labels['ds01.network'] === undefined && name !== 'host' && name !== 'none',
  );
  const room =
    info.addressPools.length === 0
      ? builtInNetworks
      : info.addressPools.reduce((sum, pool) => sum + networksIn(pool), 0);
  const message = `${own.length} of ${room} networks of the engine’s own ranges are taken`;
  const hint = 'more default-address-pools in /etc/docker/daemon.json';
  if (own.length >= room) return failing(id, message, hint);
  if (own.length >= room * fullShare) return warning(id, message, hint);
  const clash = policy === null ? undefined : clashOf(info, policy.settings.network.pool);
  if (clash === undefined) return fine(id, message);
  return warning(
    id,
    `the engine gives networks of ${clash}, where DS01’s own ${policy?.settings.network.pool ?? ''} lies`,
    'another network.pool in ds01.yaml',
  );
}

function networksIn({ base, size }: EngineInfo['addressPools'][number]): number {
  const range = rangeOf(base);
  return range === null ? 0 : Math.floor((range.last - range.first + 1) / 2 ** (32 - size));
}

function clashOf({ addressPools }: EngineInfo, pool: string): string | undefined {
  const own = rangeOf(pool);
  return addressPools.find(({ base }) => {
    const range = rangeOf(base);
    return own !== null && range !== null && overlaps(own, range);
  })?.base;
}

/** Below it ids are people's and the system's own. */
const firstFreeId = 65_536;
/** Accounts whose ranges engines use. */
const remapped = new Set(['dockremap', 'ds01remap']);

/** Whether ids in containers lead to ids of people. */
export function checkUserNamespaces(
  { facts }: Pick<StatelessDependencies, 'facts'>,
  info: EngineInfo,
): Check {
  const id = 'user-namespaces';
  if (!info.hasUserNamespaces) {
    return fine(id, 'not used: containers of DS01 run as their owners, and never as root');
  }
  const ranges = facts.idRanges().filter(({ name }) => remapped.has(name));
  const wrong = ranges.find(({ first }) => first < firstFreeId);
  const seen = ranges.map(({ name, first, count }) => `${name}:${first}:${count}`).join(', ');
  if (wrong === undefined) return fine(id, `ids in containers are ${seen || 'of another range'}`);
  return failing(
    id,
    `${wrong.name} has ids from ${wrong.first} on, which are people’s`,
    `a range that belongs to nobody in /etc/subuid, as ${wrong.name}:4200000000:65536`,
  );
}
