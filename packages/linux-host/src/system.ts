import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ds01Error, leaseIdOf } from '@ds01/contracts';
import type { Clock, Ids } from '@ds01/ports';

/** The machine's clock. A sleep never keeps the process alive. */
export const systemClock: Clock = {
  nowMs: () => Date.now(),
  sleep: async (durationMs, signal) => {
    try {
      await delay(durationMs, undefined, signal === undefined ? { ref: false } : { ref: false, signal });
    } catch (cause) {
      throw ds01Error('operation.interrupted', { message: 'The wait was interrupted.', cause });
    }
  },
};

const digits = '0123456789abcdefghijklmnopqrstuvwxyz';

/** Identities from the machine's clock and random source. */
export const systemIds: Ids = {
  leaseId: () =>
    leaseIdOf(Date.now(), Array.from(randomBytes(11), (byte) => digits[byte % 36] ?? '0').join('')),
  hex: (count) => randomBytes(Math.ceil(count / 2)).toString('hex').slice(0, count),
};
