import type {
  AllocationPolicy,
  AllocationSnapshot,
  GpuRequest,
  LeaseId,
  Placement,
  SlotUuid,
} from '@ds01/contracts';
import type { PriorityClass, QueueSettings } from '@ds01/contracts/service';

/** Rules of the queue: what `ds01.yaml` says under `queue`, as far as it decides who is next. */
export type SchedulerPolicy = Pick<
  QueueSettings,
  'order' | 'half_life_days' | 'group_weights' | 'ageing_h'
>;

/** A request that waits. Times are Unix milliseconds. */
export interface WaitingRequest {
  readonly id: string;
  readonly user: string;
  readonly group: string;
  readonly priority: PriorityClass;
  readonly gpu: GpuRequest;
  /** What its person may have; how long it stays at most is `runtimeMs` where this doesn't say it. */
  readonly allocation: AllocationPolicy;
  readonly queuedAtMs: number;
  /** The longest it may run once it has begun; `null` is unknown, and counts as for ever. */
  readonly runtimeMs: number | null;
  /** Place that an administrator gave it. */
  readonly place: 'first' | 'last' | null;
  /** Nothing is granted to it. */
  readonly held: boolean;
  /** Shares of its person, beside those of the group; absent is 1. */
  readonly weight?: number;
}

/** One immutable view of everything that decides who is next. */
export interface SchedulerInput {
  /** GPUs, live leases (granted ones included), what is busy, reservations, and now. */
  readonly snapshot: AllocationSnapshot;
  /** When each live lease ends at the latest; absent or `null`: unknown. */
  readonly endsByMs: ReadonlyMap<LeaseId, number | null>;
  readonly waiting: readonly WaitingRequest[];
  /** GPU equivalents times hours of each person, weighted down to now. */
  readonly usage: ReadonlyMap<string, number>;
  readonly policy: SchedulerPolicy;
  /** The whole queue is held: nothing is granted. */
  readonly held: boolean;
}

/** Why a request waits: stable code, and a sentence for people. */
export interface WaitingReason {
  readonly code:
    | 'no-slot-free'
    | 'behind-others'
    | 'slots-being-reserved'
    | 'would-delay-reserved'
    | 'own-quota'
    | 'held'
    | 'queue-held';
  readonly message: string;
}

/** A request that can start now, and where. */
export interface SchedulerGrant {
  readonly id: string;
  readonly placement: Placement;
  /** It fills a gap: when it has to be given back to the request that its slots are kept for; else `null`. */
  readonly endsByMs: number | null;
}

/** Slots that are collected for the oldest big request, as they fall free. */
export interface SchedulerReservation {
  readonly id: string;
  readonly slots: readonly SlotUuid[];
  /** When all of them will be free at the latest; `null`: it can't be told. */
  readonly startMs: number | null;
}

/** A request that goes on waiting. */
export interface WaitingPlace {
  readonly id: string;
  /** From 1, in the order of turns. */
  readonly position: number;
  readonly reason: WaitingReason;
  /** `null` while it can't be told. */
  readonly estimatedStartMs: number | null;
}

/** A request that no change of what is free would ever satisfy: the limits or the GPUs forbid it. */
export interface ImpossibleRequest {
  readonly id: string;
  readonly code: string;
  readonly message: string;
}

/** What is to be done now. */
export interface SchedulerDecision {
  /** In the order in which they are to be granted. */
  readonly grants: readonly SchedulerGrant[];
  readonly waiting: readonly WaitingPlace[];
  readonly impossible: readonly ImpossibleRequest[];
  readonly reservations: readonly SchedulerReservation[];
}

/** One request of a trace: what was asked for, when, for how long. Milliseconds of any clock. */
export interface TraceRequest {
  readonly id: string;
  readonly user: string;
  readonly group: string;
  readonly priority: PriorityClass;
  /** Whole GPUs. */
  readonly gpus: number;
  readonly submittedAtMs: number;
  /** How long it held its GPUs once it had begun. */
  readonly durationMs: number;
  /** How long it was allowed to; `null` is unknown. */
  readonly runtimeMs: number | null;
  /** Shares of its person, beside those of the group; absent is 1. */
  readonly weight?: number;
}

/** A trace: what was asked of how many GPUs. */
export interface Trace {
  readonly gpus: number;
  readonly requests: readonly TraceRequest[];
}

/** What the rules led to for one request. */
export interface ReplayedRequest {
  readonly id: string;
  readonly user: string;
  /** `null`: it never began. */
  readonly startedAtMs: number | null;
  readonly waitMs: number | null;
}

/** What the rules led to. */
export interface ReplayResult {
  readonly requests: readonly ReplayedRequest[];
  readonly meanWaitMs: number;
  readonly medianWaitMs: number;
  readonly p95WaitMs: number;
  readonly maxWaitMs: number;
  /** GPU time used over GPU time there was between the first request and the last end. */
  readonly utilisation: number;
  /** Jain’s index over people: GPU time asked for, over GPU time and waits; 0 to 1. */
  readonly fairness: number;
}
