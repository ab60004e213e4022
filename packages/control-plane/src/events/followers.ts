import { ds01Error } from '@ds01/contracts';
import type { Person } from '../operations/call.ts';

/** Terminals that one person has events in; each takes a connection, and a look every half second. */
const mostEach = 32;

/**
 * Counts who follows events in one process; the function that it gives counts one more, until the
 * signal aborts. Fails with `session.too-many` for somebody who follows in 32 places already;
 * administrators may in any number.
 */
export function createFollowers(): (person: Person, signal: AbortSignal | undefined) => void {
  const counts = new Map<number, number>();
  return ({ owner, role }, signal) => {
    if (role === 'admin' || signal === undefined || signal.aborted) return;
    const { uid } = owner;
    const count = counts.get(uid) ?? 0;
    if (count >= mostEach) {
      throw ds01Error('session.too-many', {
        message: `Events are followed in ${mostEach} places already.`,
        hint: 'ds01 events',
      });
    }
    counts.set(uid, count + 1);
    const leave = (): void => {
      const left = (counts.get(uid) ?? 1) - 1;
      if (left === 0) counts.delete(uid);
      else counts.set(uid, left);
    };
    signal.addEventListener('abort', leave, { once: true });
  };
}
