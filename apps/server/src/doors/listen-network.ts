import type { AddressInfo } from 'node:net';
import type { SiteSettings } from '@ds01/contracts';
import type { ServerLog } from '../log.ts';
import { createConnectionCount } from './connection-count.ts';
import { countedAddress, plainAddress, type NetworkConnections } from './doors.ts';
import { backlog, createDoorServer, type DoorServer, type DoorTarget } from './http-server.ts';
import { readTlsFiles, tlsStamp, type TlsPaths } from './tls-files.ts';

/**
 * Connections over the network that may be open at once, whoever made them, and of one address. A proxy
 * in front of the daemon is one address.
 */
const most = { all: 1024, address: 256 };

/** How often it is looked whether the certificate was renewed. */
const renewalMs = 60_000;

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
    readonly signal: AbortSignal;
  },
): Promise<DoorServer | null> {
  if (tcp === null) return null;
  const { target, network, log } = deps;
  try {
    const files = tls === null ? null : readTlsFiles(tls);
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
    if (tls !== null) followTls(door, tls, deps);
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

/** Certificates are renewed every few weeks: new connections get the one that is there. */
function followTls(
  door: DoorServer,
  paths: TlsPaths,
  { log, signal }: { readonly log: ServerLog; readonly signal: AbortSignal },
): void {
  let known = tlsStamp(paths);
  const timer = setInterval(() => {
    const now = tlsStamp(paths);
    if (now === known) return;
    known = now;
    try {
      door.renew(readTlsFiles(paths));
      log.info('the certificate was renewed', { ...paths });
    } catch (error) {
      log.error('the certificate stays the one before', { ...paths, error: String(error) });
    }
  }, renewalMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}

function addressOf(tcp: string): { readonly host: string; readonly port: number } {
  const at = tcp.lastIndexOf(':');
  const host = tcp.slice(0, at).replace(/^\[(.*)\]$/, '$1');
  return { host, port: Number(tcp.slice(at + 1)) };
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}
