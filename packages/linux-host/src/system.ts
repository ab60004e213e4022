import { randomBytes, randomInt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { ds01Error, leaseIdOf } from '@ds01/contracts';
import type { Ids, SteadyClock } from '@ds01/ports';

const idAlphabet = '0123456789abcdefghijklmnopqrstuvwxyz';
const idDigits = 11;

/** The clock of this machine. */
export const systemClock: SteadyClock = {
  nowMs: () => Date.now(),
  // proc(5): seconds since boot, suspended time included.
  bootMs: () => Math.round(Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000),
  bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
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
