import type { ContainerInterface } from '@ds01/contracts';
import type {
  ActivitySignal,
  LifecycleRule,
  RuleLimit,
  RuleView,
  SignalView,
} from '@ds01/contracts/lifecycle';

/**
 * All moments here are milliseconds of one steady clock that nobody can set back or forward and that
 * goes on across restarts (the caller keeps it); all spans are milliseconds. `null` as a limit is none.
 */
export type Moment = number;

/** A container as the rules look at it. */
export interface LifecycleContainer {
  readonly id: string;
  readonly state: 'created' | 'running' | 'paused' | 'stopped';
  /** Has a live GPU lease, whatever door it came in by. */
  readonly holdsGpu: boolean;
  /** Made by DS01. */
  readonly managed: boolean;
  /** Belongs to a job: is removed as soon as it has stopped. */
  readonly isJob: boolean;
  /** Exempt from every rule, by an administrator. */
  readonly exempt: 'protected' | 'monitoring' | null;
  readonly createdAtMs: Moment;
  /** Start of its present run; `null` while it doesn't run. */
  readonly startedAtMs: Moment | null;
  /** End of its last run; `null` while it runs and before it ever did. */
  readonly stoppedAtMs: Moment | null;
}

/** Use of one GPU slot while a sample was taken. */
export interface SlotSample {
  readonly slot: string;
  /** 0 to 100; `null` where nothing knows it (a MIG instance, `[N/A]`). */
  readonly utilizationPercent: number | null;
  /**
   * For where the utilisation isn't known: a process computes there, or memory is taken. `null` is
   * unknown, which is never idle.
   */
  readonly inUse: boolean | null;
}

/** What was measured of a container since the sample before. */
export interface ActivitySample {
  readonly atMs: Moment;
  /** Every slot that the container has. */
  readonly slots: readonly SlotSample[];
  /** On average since the sample before; 100 is one CPU; `null` is unknown. */
  readonly cpuPercent: number | null;
  /** Since the sample before, both ways; `null` is unknown, and for one without a network of its own. */
  readonly networkBytes: number | null;
  /** When somebody last typed; `null` without a terminal. */
  readonly inputAtMs: Moment | null;
}

/** A sample as a window keeps it; those that came in quick succession are one. */
export interface WindowSample extends ActivitySample {
  /** How long a time it tells of. */
  readonly spanMs: number;
}

/** Limits of one container for each rule, and where each was written. */
export interface LifecycleLimits {
  readonly idleTimeoutMs: number | null;
  readonly maxRuntimeMs: number | null;
  readonly gpuHoldMs: number | null;
  readonly containerHoldMs: number | null;
  readonly createdTimeoutMs: number | null;
  /** Between SIGTERM and SIGKILL. */
  readonly stopGraceMs: number;
  readonly origins: Readonly<Record<LifecycleRule, RuleLimit>>;
}

/** Thresholds and lead times. */
export interface LifecyclePolicy {
  /** After the start; no evidence of idleness before. */
  readonly gracePeriodMs: number;
  /** A slot is idle below this average. */
  readonly gpuIdlePercent: number;
  /** Idle up to this average. */
  readonly cpuIdlePercent: number;
  /** Idle up to this many bytes in a window. */
  readonly networkIdleBytes: number;
  /** Samples in a window. */
  readonly windowSamples: number;
  /** Least time between the last warning and a stop; of short timeouts at most a third of them. */
  readonly warningLeadMs: number;
  /** Longest that `keepAliveUntilMs` may lie ahead; `null` is any. */
  readonly keepAliveMaxMs: number | null;
  /** Idle timeouts are multiplied by it in high demand. */
  readonly highDemandIdleReduction: number;
}

/** To whom a GPU was promised: somebody who waits for it, or who has it reserved. */
export type PromisedTo = 'request' | 'reservation';

/** What concerns a container at the moment besides itself. */
export interface LifecycleSituation {
  readonly highDemand: boolean;
  /** Which exemption holds from a rule, in words; `null` without. */
  readonly exemptions: { readonly idle: string | null; readonly maxRuntime: string | null };
  /** Runtime beyond the limit that was granted to this container. */
  readonly extensionMs: number;
  /**
   * When its GPU was promised to somebody else: it is stopped before, whatever else it may, and its GPU is
   * given back then. Absent or `null`: it wasn’t.
   */
  readonly endsByMs?: Moment | null;
  /** To whom; absent: to a request that waits. */
  readonly endsFor?: PromisedTo;
  /**
   * From the person's command or file; `null` without. Later than the site allows, counted from when
   * it was seen first, counts as that.
   */
  readonly keepAliveUntilMs: Moment | null;
  /** The rules don't act before; `null` when they do. */
  readonly pausedUntilMs: Moment | null;
}

/** A warning that was given. */
export interface GivenWarning {
  /** 1 is the first one, 2 the last. */
  readonly step: 1 | 2;
  readonly atMs: Moment;
  /** What it promised: no stop before. */
  readonly stopsAtMs: Moment;
}

/** All that is remembered of a container between evaluations; plain data, to be stored as JSON. */
export interface LifecycleMemory {
  readonly evaluatedAtMs: Moment;
  /** Running time that counts, all runs together, until `evaluatedAtMs`. */
  readonly ranForMs: number;
  /** Start of the run that was counted last; `null` before the first. */
  readonly startedAtMs: Moment | null;
  /** It ran, not paused, when it was evaluated last. */
  readonly wasRunning: boolean;
  /**
   * Since when nothing kept it from being idle; moves on with every activity, and by every time of
   * which nothing is known.
   */
  readonly idleSinceMs: Moment;
  /** Until when what is known of its activity stands in `idleSinceMs`. */
  readonly evidenceAtMs: Moment;
  readonly lastActiveAtMs: Moment | null;
  readonly lastActiveBy: ActivitySignal | null;
  /** Those of the present window, oldest first. */
  readonly samples: readonly WindowSample[];
  readonly idleWarning: GivenWarning | null;
  readonly runtimeWarning: GivenWarning | null;
  /** Rules whose exemption was told in the present episode. */
  readonly noticed: readonly ('idle' | 'max-runtime')[];
  /** Last asked-for action, so that it isn't asked for again at once. */
  readonly asked: { readonly what: string; readonly atMs: Moment } | null;
  /** The last keep-alive that was asked for, and what the site's limit made of it. */
  readonly keepAlive: { readonly askedMs: Moment; readonly untilMs: Moment } | null;
  /** The rules were paused when it was evaluated last. */
  readonly heldBack: boolean;
  /** When it was to be evaluated again; `null` when nothing was going to happen. */
  readonly dueAtMs: Moment | null;
}

/** Something to do with a container now. */
export type LifecycleAction =
  | {
      readonly kind: 'warn';
      readonly rule: 'idle' | 'max-runtime';
      readonly step: 1 | 2;
      readonly stopsAtMs: Moment;
      readonly highDemand: boolean;
      /** Not its runtime is over, but its GPU was promised to somebody else. */
      readonly promised?: PromisedTo;
    }
  | {
      readonly kind: 'notice';
      readonly rule: 'idle' | 'max-runtime';
      readonly exemption: string;
    }
  /** A warning was taken back by activity. */
  | { readonly kind: 'resumed'; readonly rule: 'idle'; readonly signal: ActivitySignal | null }
  | {
      readonly kind: 'stop';
      readonly rule: 'idle' | 'max-runtime';
      readonly graceMs: number;
      readonly idleSinceMs: Moment;
      readonly ranForMs: number;
      /** Not its runtime is over, but its GPU was promised to somebody else. */
      readonly promised?: PromisedTo;
    }
  | { readonly kind: 'release-gpu' }
  | {
      readonly kind: 'remove';
      readonly rule: 'container-hold' | 'never-started' | 'job';
      /** Keep what its layer changed. */
      readonly keepLayer: boolean;
    };

/** A {@link RuleView} whose times are moments; the caller makes instants of them. */
export type RuleForecast = Omit<RuleView, 'actsAt' | 'warnings'> & {
  readonly actsAtMs: Moment | null;
  readonly warnings: readonly { readonly atMs: Moment; readonly given: boolean }[];
  /** It acts for the sake of somebody to whom the GPU was promised. */
  readonly promised?: PromisedTo;
};

/** Why things are as they are. */
export interface LifecycleExplanation {
  /** Why no rule acts; `null` when they do. */
  readonly exemption: string | null;
  readonly signals: readonly SignalView[];
  readonly rules: readonly RuleForecast[];
  readonly next: {
    readonly rule: LifecycleRule;
    readonly atMs: Moment;
    readonly message: string;
    /** For the sake of somebody to whom the GPU was promised. */
    readonly promised?: PromisedTo;
  } | null;
}

/** What `evaluate` takes. */
export interface Evaluation {
  readonly container: LifecycleContainer;
  /** Taken since the last evaluation, oldest first. */
  readonly samples: readonly ActivitySample[];
  readonly limits: LifecycleLimits;
  readonly policy: LifecyclePolicy;
  readonly situation: LifecycleSituation;
  /** `null`: seen for the first time. */
  readonly memory: LifecycleMemory | null;
  readonly nowMs: Moment;
}

/** What `evaluate` gives. */
export interface Evaluated {
  readonly actions: readonly LifecycleAction[];
  /** To be given back next time. */
  readonly memory: LifecycleMemory;
  /** Evaluate again then at the latest; `null`: nothing is going to happen by itself. */
  readonly nextAtMs: Moment | null;
  /** When its next sample is due; `null`: none is needed. */
  readonly sampleAtMs: Moment | null;
  readonly explanation: LifecycleExplanation;
}

/** What the resolver of limits takes: see `resolveLifecycleLimits`. */
export interface ContainerDoor {
  readonly interface: ContainerInterface;
  /** Whether anybody is known to own it. */
  readonly owned: boolean;
}
