import koffi from 'koffi';

/** Who is at the other end of a unix socket, as the kernel noted it at connection time. */
export interface PeerCredentials {
  readonly pid: number;
  readonly uid: number;
  readonly gid: number;
}

/** Calls into the C library that Node has no function for. */
export interface Native {
  /** `SO_PEERCRED` of a connected unix socket (unix(7)). */
  peerOf(descriptor: number): PeerCredentials;
  /** `flock(2)`, exclusive, without waiting; false when somebody else has the lock. */
  lock(descriptor: number): boolean;
}

const solSocket = 1;
const soPeerCred = 17;
const credentialsBytes = 12;
const lockExclusiveNow = 2 | 4;
const wouldBlock = 11;

/** Loads the C library. */
export function loadNative(): Native {
  const library = koffi.load('libc.so.6');
  const credentials = koffi.struct({ pid: 'int32', uid: 'uint32', gid: 'uint32' });
  const getsockopt = library.func('getsockopt', 'int', [
    'int',
    'int',
    'int',
    koffi.out(koffi.pointer(credentials)),
    koffi.inout(koffi.pointer('uint32')),
  ]);
  const flock = library.func('int flock(int descriptor, int operation)');
  return {
    peerOf(descriptor) {
      const found = { pid: -1, uid: -1, gid: -1 };
      const size = [credentialsBytes];
      const status: unknown = getsockopt(descriptor, solSocket, soPeerCred, found, size);
      if (status !== 0) throw new Error(`getsockopt(SO_PEERCRED): errno ${koffi.errno()}`);
      return found;
    },
    lock(descriptor) {
      if (flock(descriptor, lockExclusiveNow) === 0) return true;
      if (koffi.errno() === wouldBlock) return false;
      throw new Error(`flock: errno ${koffi.errno()}`);
    },
  };
}
