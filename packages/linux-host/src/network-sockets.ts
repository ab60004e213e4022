import { openSync, fstatSync } from 'node:fs';
import { ds01Error } from '@ds01/contracts';

/** Makes sockets that belong to another network than this process. */
export interface NetworkSockets {
  /** Whether a network namespace, by its inode, is this process's own. */
  isOwn(inode: number): boolean;
  /**
   * Descriptor of a TCP socket, not connected, in a network namespace that is open at `network`;
   * `null` where the kernel has no such family. Fails with `access.denied` without CAP_SYS_ADMIN.
   */
  create(network: number, family: 4 | 6): number | null;
}

// <linux/sched.h>, <bits/socket.h>, <asm-generic/errno-base.h>
const cloneNewNet = 0x4000_0000;
const families = { 4: 2, 6: 10 } as const;
const streamNonBlockingCloseOnExec = 1 | 0o4000 | 0o2_000_000;
const notPermitted = 1;

let loaded: Promise<NetworkSockets> | undefined;

/**
 * Calls of the C library that Node has no function for. A thread enters the other network for the one
 * call that makes the socket (25 us): nothing else runs on it meanwhile, other threads stay where they
 * are, and a socket stays in the network that it was made in.
 */
export function loadNetworkSockets(): Promise<NetworkSockets> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<NetworkSockets> {
  const { default: koffi } = await import('koffi');
  const library = koffi.load('libc.so.6');
  const setns = library.func('int setns(int descriptor, int kind)');
  const socket = library.func('int socket(int family, int type, int protocol)');
  const own = openSync('/proc/thread-self/ns/net', 'r');
  const ownInode = fstatSync(own).ino;
  return {
    isOwn: (inode) => inode === ownInode,
    create(network, family) {
      if (setns(network, cloneNewNet) !== 0) throw refused(koffi.errno());
      let descriptor: unknown;
      try {
        descriptor = socket(families[family], streamNonBlockingCloseOnExec, 0);
      } finally {
        // A process that is left in a container's network may do nothing more.
        if (setns(own, cloneNewNet) !== 0) process.abort();
      }
      return typeof descriptor === 'number' && descriptor >= 0 ? descriptor : null;
    },
  };
}

function refused(errno: number) {
  if (errno === notPermitted) {
    return ds01Error('access.denied', {
      message: 'Only root can enter a container’s network; the daemon does it for everybody.',
      hint: 'ask an administrator to start ds01d',
    });
  }
  return new Error(`setns: errno ${errno}`);
}
