export type {
  ImpossibleRequest,
  ReplayedRequest,
  ReplayResult,
  SchedulerDecision,
  SchedulerGrant,
  SchedulerInput,
  SchedulerPolicy,
  SchedulerReservation,
  Trace,
  TraceRequest,
  WaitingPlace,
  WaitingReason,
  WaitingRequest,
} from './types.ts';
export { accrueUsage, usageAt, type AccruedUsage } from './usage.ts';
export { order } from './order.ts';
export { schedule } from './schedule.ts';
