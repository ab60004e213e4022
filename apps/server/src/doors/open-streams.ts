import { ds01Error } from '@ds01/contracts';

/** Streams and sessions that are open, by whose they are. */
export interface OpenStreams {
  /** Counts one until the function that it gives was called. Fails with `rate.too-many-streams`. */
  enter(uid: number): () => void;
}

/** None is open. The superuser may open any number. */
export function createOpenStreams(most: () => number): OpenStreams {
  const open = new Map<number, number>();
  return {
    enter(uid) {
      const count = open.get(uid) ?? 0;
      if (uid !== 0 && count >= most()) throw tooManyStreams(count);
      open.set(uid, count + 1);
      let isOpen = true;
      return () => {
        if (!isOpen) return;
        isOpen = false;
        const left = (open.get(uid) ?? 1) - 1;
        if (left === 0) open.delete(uid);
        else open.set(uid, left);
      };
    },
  };
}

function tooManyStreams(count: number) {
  return ds01Error('rate.too-many-streams', {
    message: `${count} streams and sessions of yours are open, which is as many as allowed.`,
    hint: 'close one of them',
    details: { open: count, retryAfterS: 5 },
  });
}
