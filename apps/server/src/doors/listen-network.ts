import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { X509Certificate } from 'node:crypto';
import type { SiteSettings } from '@ds01/contracts';
import type { ServerLog } from '../log.ts';
import { createConnectionCount } from './connection-count.ts';
import { countedAddress, plainAddress, type NetworkConnections } from './doors.ts';
import { backlog, createDoorServer, type DoorServer, type DoorTarget } from './http-server.ts';

/**
 * Connections over the network that may be open at once, whoever made them, and of one address. A proxy
 * in front of the daemon is one address.
 */
const most = { all: 1024, address: 256 };

/**
 * Listens at the address of `server.tcp`; `null` without one. An address or a certificate that can't be
 * used is an error of the log, not of the daemon: who is on the server itself goes on.
 */
export async function listenOnNetwork(
  { tcp, tls }: SiteSettings['server'],
  deps: {
    readonly target: Omit<DoorTarget, 'greet' | 'accept'>;
    readonly network: NetworkConnections;
    readonly log: ServerLog;
  },
): Promise<DoorServer | null> {
  if (tcp === null) return null;
  const { target, network, log } = deps;
  try {
    const files = tls === null ? null : readTls(tls);
    const secure = files !== null;
    const count = createConnectionCount(most.address);
    const options = { tls: files, mostConnections: most.all };
    const door = createDoorServer(
      {
        ...target,
        accept: (socket) =>
          count.enter(countedAddress(plainAddress(socket.remoteAddress ?? '')), socket),
        greet: (socket) => network.greet(socket, secure),
      },
      options,
    );
    const { host, port } = addressOf(tcp);
    const bound = await listening(door, { host, port });
    log.info('listening', { address: bound.address, port: bound.port, tls: secure });
    if (!secure && !isLoopback(bound.address)) {
      log.warn('tokens and everything else can be read on the way: server.tls is not set', { tcp });
    }
    return door;
  } catch (error) {
    log.error('the address of server.tcp is not served', { tcp, error: String(error) });
    return null;
  }
}

async function listening(
  { server }: DoorServer,
  at: { readonly host: string; readonly port: number },
): Promise<AddressInfo> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...at, backlog }, () => resolve());
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('it has no address');
  return bound;
}

/** Certificate (with its chain) and key in PEM. Fails when they don't belong together. */
function readTls({ certificate, key }: NonNullable<SiteSettings['server']['tls']>) {
  const files = { cert: readFileSync(certificate, 'utf8'), key: readFileSync(key, 'utf8') };
  // A certificate that has ended, or isn't one, is better found here than by clients.
  const { validToDate } = new X509Certificate(files.cert);
  if (validToDate.getTime() < Date.now()) throw new Error(`${certificate} has expired`);
  return files;
}

function addressOf(tcp: string): { readonly host: string; readonly port: number } {
  const at = tcp.lastIndexOf(':');
  const host = tcp.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(tcp.slice(at + 1)) };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
