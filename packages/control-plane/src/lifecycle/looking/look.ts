import type { ContainerId } from '@ds01/contracts';
import type { LifecycleAction, Moment } from '@ds01/lifecycle';
import type { ActivityReading } from '@ds01/ports';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { noteStarted } from '../../events/container-events.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import { inspectAtRest, inspectOrNull } from '../../reconcile/observe.ts';
import type { Reconciled } from '../../reconcile/reconcile.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import { assess, type Assessed, type PassWorld, type Subject } from './assess.ts';
import { highDemandNow } from './high-demand.ts';
import { keepFileUntil } from './keep-file.ts';
import { readLedgerView, type LedgerView } from './ledger-view.ts';
import { readActivity } from './measure.ts';
import type { Remembered, RememberedReader } from './remembered.ts';
import { readPromises } from './promises.ts';
import { noWish } from '../asking/wish.ts';

/** All containers under the rules at one moment; nothing was changed. */
export interface Look {
  readonly policy: CurrentPolicy;
  readonly reconciled: Reconciled;
  readonly view: LedgerView;
  readonly world: PassWorld;
  readonly demand: ReturnType<typeof highDemandNow>;
  /** `null` when nothing could be measured. */
  readonly readings: ReadonlyMap<ContainerId, ActivityReading> | null;
  readonly assessed: readonly Assessed[];
}

/** Measures and judges containers. One reading of all; files of people only where a stop nears. */
export async function lookAt(
  deps: ControlPlaneDependencies,
  parts: {
    readonly policy: CurrentPolicy;
    readonly reconciled: Reconciled;
    readonly reader: RememberedReader;
    readonly keepFiles?: KeepFiles;
    /** Those that the engine said were started; they may have run before, too. */
    readonly started?: Iterable<string>;
  },
  given: readonly ObservedContainer[],
): Promise<Look> {
  const { policy, reconciled, reader, keepFiles = createKeepFiles() } = parts;
  const before = deps.store.transaction(({ lifecycle }) => reader.all(lifecycle));
  const [readings, utilization] = await Promise.all([
    readActivity(deps, given),
    deps.utilization.percents(),
  ]);
  const started = new Set(parts.started);
  const containers = await withFreshDates(deps, given, { before, readings, started });
  const view = readLedgerView(deps, reader);
  const { inventory } = reconciled;
  const leases = [...view.leases.values()];
  const demand = highDemandNow(policy, { inventory, leases, wasHigh: view.wasHighDemand });
  const pausedUntilMs = view.pause?.untilMs ?? null;
  const world: PassWorld = {
    now: view.now,
    policy,
    inventory,
    utilization,
    processes: deps.processes,
    highDemand: demand.isHigh,
    pausedUntilMs: pausedUntilMs !== null && pausedUntilMs > view.now.nowMs ? pausedUntilMs : null,
    lastPassAtMs: view.lastPassAtMs,
  };
  const promiseOf = readPromises(view, policy, inventory);
  const first = containers.map((container): Assessed => {
    const { id } = container.record;
    const lease = view.leases.get(id);
    const subject: Subject = {
      container,
      lease,
      promise: lease === undefined ? null : promiseOf(lease),
      before: view.remembered.get(id) ?? null,
      wish: view.wishes.get(id) ?? noWish,
      reading: readings?.get(id) ?? null,
      keepFileUntilMs: null,
    };
    return assess(world, subject);
  });
  const assessed = await Promise.all(
    first.map(async (found) => {
      if (!found.evaluated.actions.some(nearsIdleStop)) return found;
      const keepFileUntilMs = await keepFiles.until(deps, found.subject.container, world);
      if (keepFileUntilMs === null) return found;
      return assess(world, { ...found.subject, keepFileUntilMs });
    }),
  );
  return { policy, reconciled, view, world, demand, readings, assessed };
}

/**
 * A stop that is news is asked for when it was: once, for it is remembered. So is the start of a
 * container that ran before and after, but not in between.
 */
function withFreshDates(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store' | 'clock' | 'logger'>,
  containers: readonly ObservedContainer[],
  known: {
    readonly before: ReadonlyMap<ContainerId, Remembered>;
    readonly readings: Look['readings'];
    readonly started: ReadonlySet<string>;
  },
): Promise<readonly ObservedContainer[]> {
  return mapAtOnce(containers, async (container) => {
    const { state, finishedAtMs, record } = container;
    const before = known.before.get(record.id);
    if (isAlive(state)) {
      const reading = known.readings?.get(record.id);
      const isAgain = known.started.has(record.id) || isCountedAnew(before, reading);
      return isAgain ? withFreshStart(deps, container) : container;
    }
    if (finishedAtMs !== null || state === 'created') return container;
    if (before !== undefined && before.stoppedAt !== null && !before.wasAlive) return container;
    const details = await inspectAtRest(deps, record.id);
    return { ...container, finishedAtMs: details?.finishedAtMs ?? null };
  });
}

/** Its cgroup is another one than before. */
function isCountedAnew(
  before: Remembered | undefined,
  reading: ActivityReading | undefined,
): boolean {
  const usedMs = before?.counters?.cpuTimeMs ?? null;
  const nowMs = reading?.cpuTimeMs ?? null;
  return usedMs !== null && nowMs !== null && nowMs < usedMs;
}

async function withFreshStart(
  deps: Pick<ControlPlaneDependencies, 'engine' | 'store' | 'clock'>,
  container: ObservedContainer,
): Promise<ObservedContainer> {
  const { id } = container.record;
  const details = await inspectOrNull(deps, id);
  if (details === null || !isAlive(details.state)) return container;
  const { startedAtMs } = details;
  deps.store.transaction((transaction) =>
    noteStarted(transaction, { id, startedAtMs }, deps.clock.nowMs()),
  );
  return { ...container, record: { ...container.record, startedAtMs } };
}

const looksAtOnce = 8;

async function mapAtOnce<T>(
  items: readonly T[],
  work: (item: T) => Promise<T>,
): Promise<readonly T[]> {
  const done = [...items];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      done[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: looksAtOnce }, worker));
  return done;
}

function nearsIdleStop(action: LifecycleAction): boolean {
  return (action.kind === 'warn' || action.kind === 'stop') && action.rule === 'idle';
}

/** Looks at keep-alive files, and not again at once. */
export interface KeepFiles {
  until(
    deps: ControlPlaneDependencies,
    container: ObservedContainer,
    world: Pick<PassWorld, 'policy' | 'now'>,
  ): Promise<Moment | null>;
}

/** For how long a file that was found is believed to be there. */
const believedMs = 20_000;

/** Files that were looked at by one loop. */
export function createKeepFiles(): KeepFiles {
  const found = new Map<ContainerId, { readonly atMs: Moment; readonly untilMs: Moment }>();
  return {
    async until(deps, { record }, world) {
      const { nowMs } = world.now;
      const known = found.get(record.id);
      if (known !== undefined && nowMs < known.atMs + believedMs) return known.untilMs;
      found.delete(record.id);
      const untilMs = await keepFileUntil(deps, record, world);
      if (untilMs === null || untilMs <= nowMs) return null;
      found.set(record.id, { atMs: nowMs, untilMs });
      return untilMs;
    },
  };
}
