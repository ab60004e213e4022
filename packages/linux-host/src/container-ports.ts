import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { ds01Error, type ContainerId } from '@ds01/contracts';
import type { ContainerPorts } from '@ds01/ports';
import { containerIdIn } from './host-processes.ts';
import { loadNetworkSockets, type NetworkSockets } from './network-sockets.ts';
import { systemCodeOf } from './storage-errors.ts';

/** A service that takes no connection for so long doesn't answer. */
const patienceMs = 10_000;

/** Ports by the network namespace of a container's main process. */
export function createContainerPorts(
  load: () => Promise<NetworkSockets> = loadNetworkSockets,
): ContainerPorts {
  return {
    async connect({ containerId, pid, port }, signal) {
      const sockets = await load();
      signal?.throwIfAborted();
      const network = openNetwork(containerId, pid);
      try {
        if (sockets.isOwn(fstatSync(network).ino)) throw hasHostNetwork(port);
        for (const family of [4, 6] as const) {
          const descriptor = sockets.create(network, family);
          const host = family === 4 ? '127.0.0.1' : '::1';
          const socket =
            descriptor === null ? null : await connected(descriptor, { host, port }, signal);
          if (socket !== null) return socket;
        }
      } finally {
        closeSync(network);
      }
      throw ds01Error('port.no-listener', {
        message: `Nothing listens on port ${port} inside.`,
        hint: 'start the service in the container first',
        details: { port },
      });
    },
  };
}

/**
 * A descriptor of a container's network. The process is held by its folder below /proc while its
 * namespace is opened and its cgroup is read: a later process of the same id has another folder.
 */
function openNetwork(containerId: ContainerId, pid: number): number {
  let folder: number;
  try {
    folder = openSync(`/proc/${pid}`, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw refusedBy(error);
  }
  let network: number | null = null;
  try {
    network = openSync(`/proc/self/fd/${folder}/ns/net`, constants.O_RDONLY);
    const cgroups = readFileSync(`/proc/self/fd/${folder}/cgroup`, 'utf8');
    if (containerIdIn(cgroups) !== containerId) throw hasEnded();
    return network;
  } catch (error) {
    if (network !== null) closeSync(network);
    throw refusedBy(error);
  } finally {
    closeSync(folder);
  }
}

/** The socket once it is connected; `null` when nothing listens there. */
function connected(
  descriptor: number,
  target: { readonly host: string; readonly port: number },
  signal: AbortSignal | undefined,
): Promise<Socket | null> {
  // Without `manualStart` it would be read before it is connected.
  const options = { fd: descriptor, allowHalfOpen: true, manualStart: true };
  const socket = new Socket({ ...options, readable: true, writable: true });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => socket.destroy(tooLate(target.port)), patienceMs);
    const abort = (): void => void socket.destroy(abortedBy(signal));
    const settle = (): void => {
      clearTimeout(late);
      signal?.removeEventListener('abort', abort);
    };
    signal?.addEventListener('abort', abort, { once: true });
    socket.once('error', (error) => {
      settle();
      const code = systemCodeOf(error);
      const nobody = code === 'ECONNREFUSED' || code === 'EADDRNOTAVAIL' || code === 'ENETUNREACH';
      if (nobody) resolve(null);
      else reject(error);
    });
    socket.connect(target, () => {
      settle();
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

function abortedBy(signal: AbortSignal | undefined): Error {
  return signal?.reason instanceof Error ? signal.reason : new Error('aborted');
}

function refusedBy(error: unknown): unknown {
  const code = systemCodeOf(error);
  if (code === 'ENOENT' || code === 'ESRCH') return hasEnded();
  return code === 'EACCES' || code === 'EPERM' ? needsRoot() : error;
}

function hasEnded() {
  return ds01Error('container.not-running', {
    message: 'The container has just ended.',
    hint: 'ds01 container list --all',
  });
}

function needsRoot() {
  return ds01Error('access.denied', {
    message: 'Only root can enter a container’s network; the daemon does it for everybody.',
    hint: 'ask an administrator to start ds01d',
  });
}

function hasHostNetwork(port: number) {
  return ds01Error('port.refused', {
    message: 'This container has the network of the host: its ports are the host’s own.',
    hint: `connect to port ${port} of this server`,
  });
}

function tooLate(port: number) {
  return ds01Error('operation.timed-out', {
    message: `What listens on port ${port} inside takes no connection.`,
    hint: 'look at the service in the container',
  });
}
