import type { ContainerState, Lease } from '@ds01/contracts';
import type { LifecycleContainer, Moment } from '@ds01/lifecycle';
import { containerStateOf } from '../../lookup.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import type { ObservedContainer } from '../../reconcile/types.ts';
import type { Remembered } from './remembered.ts';
import { momentOf, type SteadyNow } from './steady-clock.ts';

/** When a container was made, started and stopped, on the steady clock. */
export type Dates = Pick<Remembered, 'createdAt' | 'startedAt' | 'stoppedAt'>;

/**
 * Finds the moments of what the engine dates with the wall clock. A time that was seen before keeps
 * its moment, whatever is done to that clock. A new one can't be earlier than what was seen with our
 * own eyes: a container that didn't run in the last pass can't have run since before it.
 */
export function datesOf(
  container: ObservedContainer,
  known: {
    readonly before: Remembered | null;
    /** Of the last pass over all containers; `null` before the first. */
    readonly lastPassAtMs: Moment | null;
    readonly now: SteadyNow;
  },
): Dates {
  const { record, state, finishedAtMs } = container;
  const { before, now } = known;
  const alive = isAlive(state);
  const lastSeenMs = before?.memory?.evaluatedAtMs ?? known.lastPassAtMs;
  const date = (wallMs: number, notBeforeMs: Moment | null) => ({
    wallMs,
    atMs: between(momentOf(now, wallMs), notBeforeMs, now.nowMs),
  });
  const createdAt =
    before?.createdAt.wallMs === record.createdAtMs
      ? before.createdAt
      : date(record.createdAtMs, before === null ? known.lastPassAtMs : null);
  const { startedAtMs } = record;
  const startedAt =
    !alive || startedAtMs === null
      ? null
      : before?.startedAt?.wallMs === startedAtMs
        ? // No process is older than this start of the machine.
          { wallMs: startedAtMs, atMs: Math.max(before.startedAt.atMs, now.bootedAtMs) }
        : date(startedAtMs, latest(lastSeenMs, now.bootedAtMs));
  if (alive || state === 'created') return { createdAt, startedAt, stoppedAt: null };
  const wasSeen = before !== null && before.stoppedAt !== null && !before.wasAlive;
  const knownWallMs = before?.stoppedAt?.wallMs ?? null;
  const isSame =
    wasSeen && (finishedAtMs === null || knownWallMs === null || knownWallMs === finishedAtMs);
  const stopped = isSame
    ? before.stoppedAt
    : finishedAtMs === null
      ? { wallMs: null, atMs: now.nowMs }
      : date(finishedAtMs, before?.wasAlive === true ? lastSeenMs : null);
  // Nobody could start it while the machine was off.
  const stoppedAt =
    stopped === null ? null : { ...stopped, atMs: Math.max(stopped.atMs, now.bootedAtMs) };
  return { createdAt, startedAt, stoppedAt };
}

function latest(left: Moment | null, right: Moment): Moment {
  return left === null ? right : Math.max(left, right);
}

function between(moment: Moment, notBeforeMs: Moment | null, notAfterMs: Moment): Moment {
  return Math.min(Math.max(moment, notBeforeMs ?? moment), notAfterMs);
}

/** A container as the rules look at it. */
export function lifecycleContainerOf(
  container: ObservedContainer,
  dates: Dates,
  lease: Lease | undefined,
): LifecycleContainer {
  const { record } = container;
  return {
    id: record.id,
    state: stateOf(containerStateOf(container.state)),
    holdsGpu: lease !== undefined,
    managed: record.managed,
    isJob: record.job !== null,
    exempt: record.protected ? 'protected' : record.monitoring ? 'monitoring' : null,
    createdAtMs: dates.createdAt.atMs,
    startedAtMs: dates.startedAt?.atMs ?? null,
    stoppedAtMs: dates.stoppedAt?.atMs ?? null,
  };
}

function stateOf(state: ContainerState): LifecycleContainer['state'] {
  return state === 'removed' ? 'stopped' : state;
}
