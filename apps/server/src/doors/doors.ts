import type { Socket } from 'node:net';

/** How a connection came in over the network. */
export interface NetworkDoor {
  /** Whether it is encrypted. */
  readonly secure: boolean;
  /** IP address of the peer, as the kernel says it; no header changes it. */
  readonly address: string;
}

/** Which connections came in over the network. All others have to be of the unix socket. */
export interface NetworkConnections {
  /** Notes a new connection; one without an address is closed. */
  greet(socket: Socket, secure: boolean): void;
  /** `null` for a connection that didn't come in over the network. */
  of(socket: Socket): NetworkDoor | null;
}

/** No connections yet. They are known by where they were accepted, never by what they say. */
export function createNetworkConnections(): NetworkConnections {
  const known = new WeakMap<Socket, NetworkDoor>();
  return {
    greet(socket, secure) {
      const address = plainAddress(socket.remoteAddress ?? '');
      if (address === '') socket.destroy();
      else known.set(socket, { secure, address });
    },
    of: (socket) => known.get(socket) ?? null,
  };
}

const mappedPrefix = '::ffff:';

/** An IPv4 address that a socket for both families shows as IPv6 is written as what it is. */
export function plainAddress(address: string): string {
  const plain = address.split('%')[0] ?? '';
  const isMapped = plain.toLowerCase().startsWith(mappedPrefix) && plain.includes('.');
  return isMapped ? plain.slice(mappedPrefix.length) : plain;
}

/**
 * Under what an address is counted: IPv4 as it is, IPv6 by its first 64 bits, of which one machine
 * may have all the rest.
 */
export function countedAddress(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array.from({ length: missing }, () => '0'), ...after];
  const network = groups.slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${network.join(':')}::/64`;
}
