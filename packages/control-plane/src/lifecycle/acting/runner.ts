import { isDs01Error, type ContainerId } from '@ds01/contracts';
import type { LifecycleAction } from '@ds01/lifecycle';
import { turnOf } from '../../act/acting.ts';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { aboutContainer } from '../../events/container-events.ts';
import { recordEvent } from '../../events/record-event.ts';
import { leaseOf } from '../../lookup.ts';
import { takeSoon, type Turns } from '../../operations/turns.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import { inspectOrNull } from '../../reconcile/observe.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import { removeByRule } from './act-remove.ts';
import { stopByRule } from './act-stop.ts';
import type { Assessed } from '../looking/assess.ts';
import { lookAt, type Look } from '../looking/look.ts';
import type { RememberedReader } from '../looking/remembered.ts';

/** What is done by more than telling. */
export type Deed = Extract<LifecycleAction, { kind: 'stop' | 'remove' | 'release-gpu' }>;

/** Whether an action is done by more than telling. */
export function isDeed(action: LifecycleAction): action is Deed {
  return action.kind === 'stop' || action.kind === 'remove' || action.kind === 'release-gpu';
}

/** How a deed ended; `postponed`: what somebody did a moment ago came first. */
export type DeedOutcome =
  | { readonly end: 'done' | 'postponed' }
  | { readonly end: 'failed'; readonly message: string };

/** Does what rules ask for, one thing at a time for each container. */
export interface Runner {
  /** Forgets failures of what isn't asked for any more; to be called with every look at all containers. */
  noteLook(assessed: readonly Assessed[]): void;
  /** `null` while something is being done to it, or while it has to wait after a failure. */
  start(look: Look, assessed: Assessed, deed: Deed): Promise<DeedOutcome> | null;
  /** Containers that something is being done to. */
  busy(): ReadonlySet<ContainerId>;
  /** {@link SteadyClock.bootMs} of the next attempt after a failure; `null` without. */
  retryAtBootMs(): number | null;
  /** Resolves when nothing is being done. */
  settled(): Promise<void>;
}

/** What was just done, or was put off, isn't tried again at once, whatever the rules ask for. */
const restMs = 1000;
/** How long a stop waits for what its owner is doing: nobody keeps a container by a stop without end. */
const patienceMs = 120_000;
const firstRetryMs = 5000;
const longestRetryMs = 600_000;

interface Failure {
  readonly deed: Deed;
  readonly count: number;
  readonly nextAtBootMs: number;
  readonly message: string;
}

/** A runner; `onDone` is called after each deed. */
export function createRunner(
  deps: ControlPlaneDependencies,
  options: {
    /** What people do to containers, too. */
    readonly turns: Turns;
    readonly reader: RememberedReader;
    readonly onDone: () => void;
    /** Somebody is to be told before anything is done. */
    readonly onTold: () => void;
  },
): Runner {
  const busy = new Map<ContainerId, Promise<DeedOutcome>>();
  const failures = new Map<ContainerId, Failure>();
  const resting = new Map<ContainerId, number>();
  const attempt = async (look: Look, assessed: Assessed, deed: Deed): Promise<DeedOutcome> => {
    const { record } = assessed.subject.container;
    const before = failures.get(record.id);
    const work = () =>
      perform(deps, { look, assessed, deed, first: before === undefined }, options);
    try {
      const turn = { key: turnOf(record), patienceMs };
      const { turns } = options;
      const soon = { turns, clock: deps.clock };
      const isStop = deed.kind === 'stop';
      const end = await (isStop ? takeSoon(soon, turn, work) : turns.take(turn.key, work));
      failures.delete(record.id);
      return { end };
    } catch (error) {
      if (isDs01Error(error) && error.code === 'container.not-found') return { end: 'postponed' };
      const message = error instanceof Error ? error.message : String(error);
      noteFailure(deps, { assessed, deed, message, before });
      const count = (before?.count ?? 0) + 1;
      const waitMs = Math.min(firstRetryMs * 2 ** (count - 1), longestRetryMs);
      const nextAtBootMs = deps.clock.bootMs() + waitMs;
      failures.set(record.id, { deed, count, nextAtBootMs, message });
      return { end: 'failed', message };
    }
  };
  return {
    noteLook(all) {
      if (failures.size === 0) return;
      const found = new Map(all.map((one) => [one.subject.container.record.id, one]));
      for (const [id, { deed }] of failures) {
        const one = found.get(id);
        if (one === undefined || !isWanted(one, deed)) failures.delete(id);
      }
    },
    start(look, assessed, deed) {
      const { id } = assessed.subject.container.record;
      const failure = failures.get(id);
      const nowMs = deps.clock.bootMs();
      if (busy.has(id) || nowMs < (resting.get(id) ?? 0)) return null;
      if (failure !== undefined && nowMs < failure.nextAtBootMs) return null;
      const doing = attempt(look, assessed, deed).finally(() => {
        busy.delete(id);
        resting.set(id, deps.clock.bootMs() + restMs);
        options.onDone();
      });
      busy.set(id, doing);
      return doing;
    },
    busy: () => new Set(busy.keys()),
    retryAtBootMs() {
      const nowMs = deps.clock.bootMs();
      for (const [id, untilMs] of resting) if (untilMs <= nowMs) resting.delete(id);
      const waiting = [...failures.values()].map(({ nextAtBootMs }) => nextAtBootMs);
      return waiting.length === 0 ? null : Math.min(...waiting);
    },
    async settled() {
      while (busy.size > 0) await Promise.all(busy.values());
    },
  };
}

/** Whether a rule still asks for a deed; of a stop, also as long as its warning stands. */
function isWanted({ evaluated }: Assessed, deed: Deed): boolean {
  const { actions, memory } = evaluated;
  if (actions.some(({ kind }) => kind === deed.kind)) return true;
  if (deed.kind !== 'stop') return false;
  return (deed.rule === 'idle' ? memory.idleWarning : memory.runtimeWarning) !== null;
}

/** A stop that fails is told once, and again when it fails otherwise. */
function noteFailure(
  deps: ControlPlaneDependencies,
  failed: {
    readonly assessed: Assessed;
    readonly deed: Deed;
    readonly message: string;
    readonly before: Failure | undefined;
  },
): void {
  const { assessed, deed, message: reason, before } = failed;
  const { record } = assessed.subject.container;
  const what = { container: record.dockerName, id: record.id, deed: deed.kind, reason };
  deps.logger.error('what a rule asks for failed', what);
  if (deed.kind !== 'stop' || before?.message === reason) return;
  const event = { type: 'lifecycle.stop-failed' as const, ...aboutContainer(record) };
  recordEvent(deps, { ...event, details: { reason } });
}

interface Performance {
  readonly look: Look;
  readonly assessed: Assessed;
  readonly deed: Deed;
  readonly first: boolean;
}

/**
 * Looks once more at this one container, and does it only if the rules still ask for the same: what a
 * person did a moment ago wins.
 */
async function perform(
  deps: ControlPlaneDependencies,
  { look, assessed, deed, first }: Performance,
  { reader, onTold }: { readonly reader: RememberedReader; readonly onTold: () => void },
): Promise<'done' | 'postponed'> {
  const { policy, reconciled } = look;
  const { container } = assessed.subject;
  const now = await observedNow(deps, container);
  if (now === null) return 'postponed';
  const again = await lookAt(deps, { policy, reconciled, reader }, [now]);
  const found = again.assessed[0];
  const asked = found?.evaluated.actions.find(
    (action) => isDeed(action) && action.kind === deed.kind,
  );
  if (found === undefined || asked === undefined || !isDeed(asked)) return 'postponed';
  if (asked.kind === 'stop') {
    await stopByRule(deps, { policy, assessed: found, first, onTold }, asked);
  } else if (asked.kind === 'remove') {
    await removeByRule(deps, { policy, world: reconciled, assessed: found }, asked);
  } else endHold(deps, container);
  return 'done';
}

/** The container as it is at this moment; `null` when it is gone, or another one than it was. */
async function observedNow(
  deps: ControlPlaneDependencies,
  container: ObservedContainer,
): Promise<ObservedContainer | null> {
  const details = await inspectOrNull(deps, container.record.id);
  if (details === null) return null;
  const alive = isAlive(details.state);
  const startedAtMs = alive ? details.startedAtMs : null;
  if (alive && startedAtMs !== container.record.startedAtMs)
    noteRestart(deps, container, startedAtMs);
  return {
    record: { ...container.record, startedAtMs },
    state: details.state,
    finishedAtMs: alive ? null : details.finishedAtMs,
  };
}

/** It was started again, and nobody told. */
function noteRestart(
  deps: ControlPlaneDependencies,
  { record }: ObservedContainer,
  startedAtMs: number | null,
): void {
  deps.store.transaction(({ containers }) => {
    const known = containers.get(record.id);
    if (known !== null) containers.put({ ...known, startedAtMs });
  });
}

/** The hold of a stopped container is over now; the next look gives its GPUs back. */
function endHold(deps: ControlPlaneDependencies, { record }: ObservedContainer): void {
  deps.store.transaction(({ leases }) => {
    const lease = leaseOf(leases.live(), record.id);
    if (lease?.state !== 'held') return;
    const nowMs = deps.clock.nowMs();
    if (lease.heldUntilMs !== null && lease.heldUntilMs <= nowMs) return;
    const expected = { token: lease.token, states: [lease.state] };
    leases.update(lease.id, expected, { heldUntilMs: nowMs });
  });
}
