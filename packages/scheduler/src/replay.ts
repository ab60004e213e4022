import type { ReplayResult, SchedulerPolicy, Trace } from './types.ts';

/**
 * Runs the rules over a trace: what was asked for comes at its time, holds what it gets for its
 * duration. Pure and repeatable.
 */
export function replay(_trace: Trace, _policy: SchedulerPolicy): ReplayResult {
  throw new Error('not there yet');
}

export type { ReplayedRequest, ReplayResult, Trace, TraceRequest } from './types.ts';
