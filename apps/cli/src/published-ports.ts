import type { PortRequest } from '@ds01/contracts';
import { ds01Error } from '@ds01/contracts/core';

const pattern = /^(?:(\d{1,5}):)?(\d{1,5})(?:\/(tcp|udp))?$/;

/**
 * The ports of `-p [HOST:]CONT[/udp]`; without HOST the engine picks one. The address is the site's
 * choice, so one in front is refused. Fails with `usage.invalid`.
 */
export function publishedPortsOf(values: readonly string[]): readonly PortRequest[] {
  const ports = values.map(publishedPortOf);
  ports.forEach(({ hostPort, protocol }, index) => {
    const twice = ports
      .slice(0, index)
      .some((other) => other.hostPort === hostPort && other.protocol === protocol);
    if (hostPort !== null && twice) throw invalid(`Port ${hostPort} would be published twice.`);
  });
  return ports;
}

function publishedPortOf(value: string): PortRequest {
  const [match, host, inside, protocol] = pattern.exec(value) ?? [];
  if (match === undefined) {
    const address = value.split(':').length > 2;
    throw invalid(
      address
        ? `-p ${value}: the address to listen on is the site’s choice; give HOST:CONT.`
        : `-p ${JSON.stringify(value)} is no port such as 8888, 8080:80 or 5353:53/udp.`,
    );
  }
  return {
    containerPort: portOf(inside ?? '', value),
    protocol: protocol === 'udp' ? 'udp' : 'tcp',
    hostPort: host === undefined ? null : portOf(host, value),
  };
}

function portOf(text: string, value: string): number {
  const port = Number(text);
  if (port >= 1 && port <= 65_535) return port;
  throw invalid(`-p ${value}: ports go from 1 to 65535.`);
}

function invalid(message: string) {
  return ds01Error('usage.invalid', { message, hint: 'ds01 container deploy thesis -p 8888:8888' });
}
