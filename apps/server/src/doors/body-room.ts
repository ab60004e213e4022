import { tooMany } from './floods.ts';

/** Memory for bodies that are arriving. */
export interface BodyRooms {
  /** Room for the body of one request of this person; `null` is nobody in particular. */
  enter(uid: number | null): BodyRoom;
}

/** Memory for one body. */
export interface BodyRoom {
  /** Takes so many bytes more. Fails with `rate.limited`. */
  take(bytes: number): void;
  /** Gives all of it back. */
  leave(): void;
}

/** Others can't keep who ends a flood from ending it. */
const superuser = 0;
/** Bodies of one person that may be in memory before they are whole, and of all, in bytes. */
const most = { person: 16 * 1_048_576, all: 48 * 1_048_576 };

/**
 * Nothing arrives yet. Each body is bounded, but slow senders could open any number of requests; what
 * they have sent together is bounded as well.
 */
export function createBodyRooms(): BodyRooms {
  const taken = new Map<number | null, number>();
  let total = 0;
  return {
    enter(uid) {
      let own = 0;
      return {
        take(bytes) {
          const persons = taken.get(uid) ?? 0;
          const isFull = uid !== superuser && total + bytes > most.all;
          if (isFull || persons + bytes > most.person) {
            throw tooMany(1, 'Too many long requests arrive at once.');
          }
          total += bytes;
          own += bytes;
          taken.set(uid, persons + bytes);
        },
        leave() {
          total -= own;
          const left = (taken.get(uid) ?? 0) - own;
          own = 0;
          if (left > 0) taken.set(uid, left);
          else taken.delete(uid);
        },
      };
    },
  };
}
