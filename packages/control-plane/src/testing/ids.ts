import { leaseIdOf } from '@ds01/contracts';
import type { Ids } from '@ds01/ports';
import type { TestClock } from './clock.ts';

/** Identities that a test can foretell: they count up. */
export function createTestIds(clock: TestClock): Ids {
  let count = 0;
  return {
    leaseId() {
      count += 1;
      return leaseIdOf(clock.nowMs(), count.toString(36).padStart(11, '0'));
    },
    hex(digits) {
      count += 1;
      return count.toString(16).padStart(digits, '0').slice(-digits);
    },
  };
}
