import { Transform } from 'node:stream';

const ctrlP = 0x10;
const ctrlQ = 0x11;

/**
 * Passes on what is typed until Ctrl-P Ctrl-Q is, which ends the stream and calls `onDetach`; the two
 * keys may arrive in different chunks. A Ctrl-P waits for the next key, as with `docker attach`, and is
 * passed on when that is not Ctrl-Q or when the input ends.
 */
export function createDetachKeys(onDetach: () => void): Transform {
  let held = false;
  let detached = false;
  return new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      if (detached) return done();
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
      done();
    },
    flush(done) {
      if (held) this.push(Buffer.from([ctrlP]));
      done();
    },
  });
}
