import { ds01Error, type Ds01Error, type SiteSettings } from '@ds01/contracts';
import type { PortMapping } from '@ds01/ports';
import type { DeployInput } from './input.ts';

/** Below it only root may listen (ip(7)), where the site gives no range. */
const firstOrdinaryPort = 1024;
const lastPort = 65_535;

/**
 * The ports to publish, on the site's address. A port that is left to us comes from the site's range
 * (the same for the same container), or from the engine where there is none. Fails with
 * `port.refused`, and `network.refused` for a network that the site doesn't allow.
 */
export function portsOf(
  input: Pick<DeployInput, 'ports' | 'network'>,
  where: { readonly settings: SiteSettings; readonly name: string; readonly dockerName: string },
): readonly PortMapping[] {
  const { settings, name, dockerName } = where;
  if (input.network === 'host' && !settings.network.allow_host) {
    throw ds01Error('network.refused', {
      message: 'The network of the host is not allowed on this server.',
      hint: `ds01 container deploy ${name} --network private`,
      details: { network: input.network },
    });
  }
  if (input.ports.length > 0 && input.network !== 'private') {
    throw refused(`A container on the network "${input.network}" has no ports to publish.`, name);
  }
  const range = rangeOf(settings);
  const taken = new Set(
    input.ports.flatMap(({ protocol, hostPort }) =>
      hostPort === null ? [] : [`${protocol} ${hostPort}`],
    ),
  );
  const asked = new Set<string>();
  return input.ports.map(({ containerPort, protocol, hostPort }) => {
    if (!isPort(containerPort)) throw refused(`${containerPort} is no port.`, name);
    const key = hostPort === null ? `any ${protocol} ${containerPort}` : `${protocol} ${hostPort}`;
    if (asked.has(key)) throw refused(`Port ${hostPort ?? containerPort} is given twice.`, name);
    asked.add(key);
    if (hostPort !== null) checkHostPort(hostPort, { range: range ?? ordinary, name });
    const shared = { containerPort, protocol, hostAddress: settings.ports.bind };
    if (hostPort !== null || range === null) return { ...shared, hostPort };
    const picked = pickPort(range, `${dockerName}/${containerPort}/${protocol}`, (port) =>
      taken.has(`${protocol} ${port}`),
    );
    taken.add(`${protocol} ${picked}`);
    return { ...shared, hostPort: picked };
  });
}

interface PortRange {
  readonly first: number;
  readonly last: number;
}

const ordinary: PortRange = { first: firstOrdinaryPort, last: lastPort };

function rangeOf(settings: SiteSettings): PortRange | null {
  if (settings.ports.range === null) return null;
  const [first = firstOrdinaryPort, last = lastPort] = settings.ports.range.split('-').map(Number);
  return { first, last };
}

function checkHostPort(
  port: number,
  { range, name }: { readonly range: PortRange; readonly name: string },
): void {
  if (isPort(port) && port >= range.first && port <= range.last) return;
  throw refused(
    `Port ${port} of this server can't be published; ports ${range.first} to ${range.last} can.`,
    name,
  );
}

function refused(message: string, name: string): Ds01Error {
  const hint = `ds01 container deploy ${name} -p 8888`;
  return ds01Error('port.refused', { message, hint });
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= lastPort;
}

/** The first port of the range that isn't taken, from a place that depends on the key alone. */
function pickPort(
  { first, last }: PortRange,
  key: string,
  isTaken: (port: number) => boolean,
): number {
  const count = last - first + 1;
  let hash = 0;
  for (const character of key) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 2 ** 31;
  for (let step = 0; step < count; step += 1) {
    const port = first + ((hash + step) % count);
    if (!isTaken(port)) return port;
  }
  return first;
}
