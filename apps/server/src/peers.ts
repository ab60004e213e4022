import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { ds01Error } from '@ds01/contracts';
import type { HostProcesses } from '@ds01/ports';
import type { Native, PeerCredentials } from './native.ts';

/** Who made each connection. */
export interface Peers {
  /** Notes the peer of a new connection; one that may not call is remembered as refused. */
  greet(socket: Socket): void;
  /** The uid at the other end. Fails with `access.denied`. */
  uidOf(socket: Socket): number;
}

type Verdict = { readonly uid: number } | { readonly refused: string };

/**
 * The kernel says who called `connect`; a process in a container of this engine is refused, and so
 * is one that is gone already, for where it lived can't be told any more.
 */
export function createPeers(native: Native, processes: Pick<HostProcesses, 'containerOf'>): Peers {
  const verdicts = new WeakMap<Socket, Verdict>();
  const judge = (credentials: PeerCredentials): Verdict => {
    const home = `/proc/${credentials.pid}/cgroup`;
    if (credentials.pid <= 0 || !existsSync(home)) {
      return { refused: 'the process that connected can not be seen from here' };
    }
    if (processes.containerOf(credentials.pid) !== null) {
      return { refused: 'a process in a container may not talk to the daemon' };
    }
    // Gone while it was looked at: what was found may have been somebody else's.
    if (!existsSync(home)) return { refused: 'the process that connected is gone' };
    return { uid: credentials.uid };
  };
  return {
    greet(socket) {
      try {
        verdicts.set(socket, judge(native.peerOf(descriptorOf(socket))));
      } catch (error) {
        verdicts.set(socket, { refused: `the kernel did not say who called (${String(error)})` });
      }
    },
    uidOf(socket) {
      const verdict = verdicts.get(socket) ?? { refused: 'the connection has no known peer' };
      if ('uid' in verdict) return verdict.uid;
      throw ds01Error('access.denied', {
        message: `This connection is refused: ${verdict.refused}.`,
        hint: 'run the command on the host itself',
      });
    },
  };
}

/** Node has no public way to the descriptor of a socket. */
function descriptorOf(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown =
    typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof descriptor === 'number' && descriptor >= 0) return descriptor;
  throw new Error('the socket has no descriptor');
}
