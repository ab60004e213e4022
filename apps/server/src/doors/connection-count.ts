import type { Socket } from 'node:net';

/** Connections that are open, by whose they are. */
export interface ConnectionCount {
  /** Counts a connection until it closes; one too many is closed at once, without a word. */
  enter(key: string, socket: Socket): void;
}

/**
 * No connection is open. What one person, or one address, may have open costs memory even while nothing
 * is asked: encrypted, some 40 KiB each.
 */
export function createConnectionCount(most: number): ConnectionCount {
  const open = new Map<string, number>();
  return {
    enter(key, socket) {
      const count = open.get(key) ?? 0;
      if (count >= most) {
        socket.destroy();
        return;
      }
      open.set(key, count + 1);
      socket.once('close', () => {
        const left = (open.get(key) ?? 1) - 1;
        if (left === 0) open.delete(key);
        else open.set(key, left);
      });
    },
  };
}
