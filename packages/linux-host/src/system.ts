import { randomBytes, randomInt } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { ds01Error, leaseIdOf } from '@ds01/contracts';
import type { Clock, Ids } from '@ds01/ports';

const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const idDigits = 11;

/** The clock of this machine. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  async sleep(durationMs, signal) {
    try {
      await setTimeout(durationMs, undefined, signal === undefined ? {} : { signal });
    } catch (cause) {
      throw ds01Error('operation.interrupted', { message: 'The wait was interrupted.', cause });
    }
  },
};

/** Identities from the machine's clock and its random numbers; lease ids sort by time. */
export const systemIds: Ids = {
  leaseId() {
    const digits = Array.from({ length: idDigits }, () => idAlphabet[randomInt(idAlphabet.length)]);
    return leaseIdOf(Date.now(), digits.join(''));
  },
  hex: (digits) =>
    randomBytes(Math.ceil(digits / 2))
      .toString('hex')
      .slice(0, digits),
};
