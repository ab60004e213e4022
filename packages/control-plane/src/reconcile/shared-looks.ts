import type { ContainerId } from '@ds01/contracts';
import type { Clock } from '@ds01/ports';
import type { GpuNeed } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import type { CurrentPolicy } from '../policy.ts';
import type { ListContainers, ListingMirror } from './listing-mirror.ts';
import { orAborted } from './or-aborted.ts';
import { reconcile, type Reconciled, type ReconcileOptions } from './reconcile.ts';

/** Looks at the engine that several reads of one process share. */
export interface SharedLooks {
  /**
   * What `reconcile` says, or what it said a moment ago where nothing has changed since. Fails as it
   * does, and with the signal's reason.
   */
  look(
    deps: ControlPlaneDependencies,
    policy: CurrentPolicy,
    options?: ReconcileOptions,
  ): Promise<Reconciled>;
  /** Something changed: what was seen until now, or is being seen, is good for nobody else. */
  forget(): void;
  /** Lists for what changes something without needing the GPUs; `undefined`: the engine does. */
  readonly list: ListContainers | undefined;
  /** {@link forget} before and after work that changes something; while it goes on little is kept. */
  changing<T>(work: () => Promise<T>): Promise<T>;
  /** The engine told that a container changed; `null`: any may have. */
  noteChanged(id: ContainerId | null): void;
  /** A container's process ended, which the engine tells before it lists it so. */
  noteEnded(id: ContainerId): void;
  /** Whether the engine's events come; without them nothing is kept. */
  listening(isListening: boolean): void;
  /** How often something was looked at, and how often somebody got what was seen already. */
  counts(): { readonly looks: number; readonly shared: number };
}

/** A look that was taken. */
export interface LookTaken {
  readonly durationMs: number;
  /** Differences that were found; `null` when it failed. */
  readonly repairs: number | null;
}

/** What nobody tells (GPUs, time, another process's writes) is at most so old. */
const longestMs = 1000;
/** What is seen while something is being changed is at most so old. */
const unsettledMs = 250;
/** For so long the engine may list what has ended as running. */
const endedMs = 1000;
/** How often it is looked whether the ledger is still there. */
const checkedMs = 20;

interface Flight {
  /** Flights are numbered in the order in which they began. */
  readonly number: number;
  readonly generation: number;
  readonly result: Promise<Reconciled>;
  readonly ending: AbortController;
  waiting: number;
}

interface Kind {
  running: Flight | null;
  seen: { readonly generation: number; readonly atMs: number; readonly now: Reconciled } | null;
}

/**
 * Reads that come together wait for one look; one that began before a change is never given to whoever
 * asks after it. Looks that only look and those that repair are apart, and so are those that wait for
 * the GPUs and those that don't; of each sort one goes on at a time, so that the engine is asked no
 * faster than it answers.
 */
export function createSharedLooks(
  clock: Pick<Clock, 'nowMs'>,
  options: {
    /** Lists for what only reads; without, the engine is asked for all each time. */
    readonly mirror?: Omit<ListingMirror, 'engine'>;
    readonly onLook?: (look: LookTaken) => void;
  } = {},
): SharedLooks {
  const { mirror, onLook = ignore } = options;
  const kinds = new Map<string, Kind>();
  const counted = { looks: 0, shared: 0 };
  let generation = 0;
  let changes = 0;
  let isListening = false;
  let endedAtMs = Number.NEGATIVE_INFINITY;
  let checkedAtMs = Number.NEGATIVE_INFINITY;

  const kindOf = (dryRun: boolean, gpus: GpuNeed): Kind => {
    const key = `${String(dryRun)} ${gpus}`;
    const kind = kinds.get(key) ?? { running: null, seen: null };
    kinds.set(key, kind);
    return kind;
  };
  const forget = (): void => {
    generation += 1;
    for (const kind of kinds.values()) kind.seen = null;
  };
  /** Also when somebody has set the clock back meanwhile. */
  const isOlderThan = (limitMs: number, atMs: number): boolean => {
    const ageMs = clock.nowMs() - atMs;
    return ageMs < 0 || ageMs >= limitMs;
  };
  const longestAge = (policy: CurrentPolicy): number => {
    const isUnsettled = changes > 0 || !isOlderThan(endedMs, endedAtMs);
    return Math.min(isUnsettled ? unsettledMs : longestMs, policy.settings.probe.cache_ms);
  };
  /** Who may only look takes what somebody else has repaired, but not the other way round. */
  const recent = (policy: CurrentPolicy, options: ReconcileOptions): Reconciled | null => {
    if (!isListening) return null;
    const limitMs = longestAge(policy);
    for (const dryRun of options.dryRun === true ? [false, true] : [false]) {
      for (const gpus of ['needed', 'if-quick'] as const) {
        const { seen } = kindOf(dryRun, gpus);
        if (seen === null || seen.generation !== generation) continue;
        if (isOlderThan(limitMs, seen.atMs)) continue;
        if (seen.now.inventory !== null || options.gpus === 'if-quick') return seen.now;
      }
    }
    return null;
  };
  const begin = (kind: Kind, run: (signal: AbortSignal) => Promise<Reconciled>): Flight => {
    const ending = new AbortController();
    const atMs = clock.nowMs();
    counted.looks += 1;
    const result = run(ending.signal);
    const flight = { number: counted.looks, generation, result, ending, waiting: 0 };
    kind.running = flight;
    const over = (): void => {
      if (kind.running === flight) kind.running = null;
    };
    const failed = (): void => {
      over();
      onLook({ durationMs: clock.nowMs() - atMs, repairs: null });
    };
    result.then((now) => {
      over();
      onLook({ durationMs: clock.nowMs() - atMs, repairs: now.repairs });
      if (flight.generation === generation) kind.seen = { generation, atMs, now };
    }, failed);
    return flight;
  };
  /** The last who leaves ends it. */
  const join = async (
    kind: Kind,
    flight: Flight,
    signal: AbortSignal | undefined,
  ): Promise<Reconciled> => {
    flight.waiting += 1;
    try {
      return await orAborted(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0 && kind.running === flight) {
        kind.running = null;
        flight.ending.abort(signal?.reason);
      }
    }
  };

  return {
    list: mirror?.list,
    async look(deps, policy, options = {}) {
      const { signal } = options;
      signal?.throwIfAborted();
      if (isOlderThan(checkedMs, checkedAtMs)) {
        checkedAtMs = clock.nowMs();
        // Of a ledger that was lost nothing is known until it was made again.
        if (!deps.store.transaction(({ meta }) => meta.get('ready') === '1')) forget();
      }
      const seen = recent(policy, options);
      if (seen !== null) {
        counted.shared += 1;
        return seen;
      }
      const kind = kindOf(options.dryRun === true, options.gpus ?? 'needed');
      const asked = { generation, number: counted.looks };
      const isGoodFor = (flight: Flight): boolean =>
        isListening ? flight.generation >= asked.generation : flight.number > asked.number;
      while (kind.running !== null && !isGoodFor(kind.running)) {
        await orAborted(kind.running.result.then(ignore, ignore), signal);
      }
      const run = (ending: AbortSignal) =>
        reconcile(deps, policy, { ...options, list: mirror?.list, signal: ending });
      if (kind.running === null) return join(kind, begin(kind, run), signal);
      counted.shared += 1;
      return join(kind, kind.running, signal);
    },
    forget,
    async changing(work) {
      changes += 1;
      forget();
      try {
        return await work();
      } finally {
        changes -= 1;
        forget();
      }
    },
    noteChanged: (id) => {
      mirror?.noteChanged(id);
      forget();
    },
    noteEnded: (id) => {
      mirror?.noteEnded(id);
      endedAtMs = clock.nowMs();
      forget();
    },
    listening: (on) => {
      mirror?.listening(on);
      isListening = on;
      forget();
    },
    counts: () => ({ ...counted }),
  };
}

function ignore(): void {
  // What became of it is for those who wait for it.
}
