import type { PortMapping } from '@ds01/ports';
import { z } from 'zod';
import { text } from './wire.ts';

/** The engine's map from `80/tcp` to where it is on the host; `null` where it is only exposed. */
export const portMapSchema = z
  .record(z.string(), z.array(z.object({ HostIp: text, HostPort: text })).nullable())
  .nullish()
  .transform((map): readonly PortMapping[] =>
    Object.entries(map ?? {}).flatMap(([key, bindings]) => {
      const port = portOf(key);
      if (port === null) return [];
      return (bindings ?? []).map((binding) => ({
        ...port,
        hostAddress: binding.HostIp === '' ? '0.0.0.0' : binding.HostIp,
        hostPort: /^[1-9]\d*$/.test(binding.HostPort) ? Number(binding.HostPort) : null,
      }));
    }),
  );

function portOf(key: string): Pick<PortMapping, 'containerPort' | 'protocol'> | null {
  const [, port, protocol] = /^(\d+)\/(tcp|udp)$/.exec(key) ?? [];
  if (port === undefined || protocol === undefined) return null;
  return { containerPort: Number(port), protocol: protocol === 'udp' ? 'udp' : 'tcp' };
}

/** The ports inside, as `Config.ExposedPorts` has them. */
export function exposedPortsOf(
  ports: readonly PortMapping[],
): Readonly<Record<string, Readonly<Record<string, never>>>> {
  return Object.fromEntries(ports.map((port) => [keyOf(port), {}]));
}

/** Where they are on the host, as `HostConfig.PortBindings` has them. */
export function portBindingsOf(
  ports: readonly PortMapping[],
): Readonly<Record<string, readonly { readonly HostIp: string; readonly HostPort: string }[]>> {
  const bindings: Record<string, { HostIp: string; HostPort: string }[]> = {};
  for (const port of ports) {
    const hostPort = port.hostPort === null ? '' : String(port.hostPort);
    const same = (bindings[keyOf(port)] ??= []);
    same.push({ HostIp: port.hostAddress, HostPort: hostPort });
  }
  return bindings;
}

function keyOf(port: PortMapping): string {
  return `${String(port.containerPort)}/${port.protocol}`;
}
