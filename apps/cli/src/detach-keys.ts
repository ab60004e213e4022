import { Transform } from 'node:stream';

const ctrlP = 0x10;
const ctrlQ = 0x11;

/** How long a Ctrl-P waits for a Ctrl-Q: it is a key of shells and editors, too. */
const patienceMs = 400;

/**
 * Passes on what is typed until Ctrl-P Ctrl-Q is, which ends the stream and calls `onDetach`; the two
 * keys may arrive in different chunks. A Ctrl-P waits for the next key, and is passed on when that is
 * not Ctrl-Q, when none comes soon, or when the input ends.
 */
export function createDetachKeys(onDetach: () => void, waitMs = patienceMs): Transform {
  let held = false;
  let detached = false;
  let waiting: NodeJS.Timeout | undefined;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      if (detached) return done();
      clearTimeout(waiting);
      const passed: number[] = [];
      for (const byte of chunk) {
        if (held && byte === ctrlQ) {
          detached = true;
          break;
        }
        if (held) passed.push(ctrlP);
        held = byte === ctrlP;
        if (!held) passed.push(byte);
      }
      if (passed.length > 0) this.push(Buffer.from(passed));
      if (detached) {
        held = false;
        this.push(null);
        onDetach();
      }
      if (held) {
        waiting = setTimeout(() => {
          held = false;
          this.push(Buffer.from([ctrlP]));
        }, waitMs);
      }
      done();
    },
    flush(done) {
      clearTimeout(waiting);
      if (held) this.push(Buffer.from([ctrlP]));
      done();
    },
    destroy(error, done) {
      clearTimeout(waiting);
      done(error);
    },
  });
}
