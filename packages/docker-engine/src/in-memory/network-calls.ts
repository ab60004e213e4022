import { ds01Error } from '@ds01/contracts';
import type { ContainerNetwork, EngineNetwork, NetworkSpec, PortMapping } from '@ds01/ports';
import { conflict } from './conflict.ts';
import type { MemoryContext } from './context.ts';
import { findContainer, nextIdentity, type MemoryContainer, type MemoryState } from './state.ts';

/** The networks that every engine begins with. */
export function predefinedNetworks(): Map<string, EngineNetwork> {
  const network = (name: string, driver: string, subnets: readonly string[]): EngineNetwork => ({
    id: name,
    name,
    driver,
    subnets,
    bridge: driver === 'bridge' ? 'docker0' : null,
    labels: {},
  });
  return new Map([
    ['bridge', network('bridge', 'bridge', ['172.17.0.0/16'])],
    ['host', network('host', 'host', [])],
    ['none', network('none', 'null', [])],
  ]);
}

/** Creates; `engine.conflict` when name, bridge or subnet are taken. */
export function createNetwork({ state, hub }: MemoryContext, spec: NetworkSpec): string {
  for (const network of state.networks.values()) {
    if (network.name === spec.name) {
      throw conflict(`network with name ${spec.name} already exists`);
    }
    if (network.bridge === spec.bridge) throw conflict('networks have same bridge name');
    if (network.subnets.some((subnet) => overlap(subnet, spec.subnet))) {
      throw conflict('Pool overlaps with other one on this address space');
    }
  }
  const { name, bridge, subnet, labels } = spec;
  const id = nextIdentity(state);
  state.networks.set(name, { id, name, driver: 'bridge', subnets: [subnet], bridge, labels });
  hub.emit({ type: 'network', action: 'create', id, attributes: { name, type: 'bridge' } });
  return id;
}

/** Removes; `engine.conflict` while containers run on it. Gone already is fine. */
export function removeNetwork({ state, hub }: MemoryContext, name: string): void {
  const network = state.networks.get(name);
  if (network === undefined) return;
  const user = [...state.containers.values()].find(
    ({ details, process }) => details.networkMode === name && process !== null,
  );
  if (user !== undefined || network.id === name) {
    throw conflict(`error while removing network: network ${name} has active endpoints`);
  }
  state.networks.delete(name);
  hub.emit({ type: 'network', action: 'destroy', id: network.id, attributes: { name } });
}

/** Nobody looks for names in memory; `network.not-found` as the real engine. */
export function rejoinNetwork(
  { state }: MemoryContext,
  id: string,
  { mode }: ContainerNetwork,
): void {
  findContainer(state, id);
  if (state.networks.has(mode)) return;
  throw ds01Error('network.not-found', { message: `network ${mode} not found` });
}

/**
 * The ports of a container that starts, with those that the engine picks. Fails with
 * `network.not-found`, and with `port.taken` when another running container has one.
 */
export function connect(
  { state }: MemoryContext,
  container: MemoryContainer,
): readonly PortMapping[] {
  const { networkMode } = container.details;
  const known = ['', 'default'].includes(networkMode) || networkMode.startsWith('container:');
  if (!known && !state.networks.has(networkMode)) {
    throw ds01Error('network.not-found', { message: `network ${networkMode} not found` });
  }
  const taken = portsInUse(state);
  return container.askedPorts.map((asked) => {
    const port = { ...asked, hostPort: asked.hostPort ?? freePort(taken) };
    if (taken.some((other) => collide(other, port))) {
      const address = `${port.hostAddress}:${String(port.hostPort)}`;
      throw ds01Error('port.taken', { message: `Port ${address} of this host is taken.` });
    }
    taken.push(port);
    return port;
  });
}

function portsInUse(state: MemoryState): PortMapping[] {
  return [...state.containers.values()].flatMap(({ details, process }) =>
    process === null ? [] : [...details.ports],
  );
}

const firstPickedPort = 32_768;

function freePort(taken: readonly PortMapping[]): number {
  const used = new Set(taken.map((port) => port.hostPort));
  let port = firstPickedPort;
  while (used.has(port)) port += 1;
  return port;
}

function collide(one: PortMapping, other: PortMapping): boolean {
  const everywhere = [one, other].some((port) => port.hostAddress === '0.0.0.0');
  return (
    one.hostPort === other.hostPort &&
    one.protocol === other.protocol &&
    (everywhere || one.hostAddress === other.hostAddress)
  );
}

function overlap(one: string, other: string): boolean {
  const [a, b] = [rangeOf(one), rangeOf(other)];
  return a.first <= b.last && b.first <= a.last;
}

/** IPv4 only; anything else is an empty range. */
function rangeOf(subnet: string): { readonly first: number; readonly last: number } {
  const [address = '', prefix = ''] = subnet.split('/');
  const bytes = address.split('.').map(Number);
  if (bytes.length !== 4) return { first: 1, last: 0 };
  const size = 2 ** (32 - Number(prefix));
  const start = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  const first = start - (start % size);
  return { first, last: first + size - 1 };
}
