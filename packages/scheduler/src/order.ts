import type { SchedulerInput, WaitingRequest } from './types.ts';

/** The order of turns: given place, class, fair share, age. */
export function order(
  input: Pick<SchedulerInput, 'waiting' | 'usage' | 'policy'> & { readonly nowMs: number },
): readonly WaitingRequest[] {
  return input.waiting.toSorted((left, right) => left.queuedAtMs - right.queuedAtMs);
}
