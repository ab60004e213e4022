import type { SchedulerDecision, SchedulerInput } from './types.ts';

/** Who gets what now, who waits and why. Pure: the same input gives the same decision. */
export function schedule(_input: SchedulerInput): SchedulerDecision {
  throw new Error('not there yet');
}
