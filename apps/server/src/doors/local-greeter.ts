import type { Socket } from 'node:net';
import type { Peers } from '../peers.ts';
import { createConnectionCount } from './connection-count.ts';
import type { DoorTarget } from './http-server.ts';

/** Connections of one person, and of all who may not call, that may be open at the unix socket. */
const most = 256;

/** Who is told of connections at the unix socket: the kernel's word is kept, and they are counted. */
export function localGreeter(peers: Peers): Pick<DoorTarget, 'accept' | 'greet'> {
  const count = createConnectionCount(most);
  return {
    accept: (socket) => peers.greet(socket),
    greet(socket) {
      const uid = uidOf(peers, socket);
      if (uid !== 0) count.enter(String(uid), socket);
    },
  };
}

function uidOf(peers: Peers, socket: Socket): number | null {
  try {
    return peers.uidOf(socket);
  } catch {
    return null;
  }
}
