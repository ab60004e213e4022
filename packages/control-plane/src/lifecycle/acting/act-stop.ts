import { ds01Error, type ContainerId } from '@ds01/contracts';
import type { LifecycleAction } from '@ds01/lifecycle';
import type { ControlPlaneDependencies } from '../../dependencies.ts';
import { aboutContainer } from '../../events/container-events.ts';
import { endedOnPurpose, forgetEnding, noteEnding } from '../../events/endings.ts';
import { leaseOf, operandOf } from '../../lookup.ts';
import { runStopHook } from '../../notifications/stop-hook.ts';
import type { CurrentPolicy } from '../../policy.ts';
import { instantOf } from '../../present.ts';
import { isAlive } from '../../reconcile/is-alive.ts';
import { inspectOrNull } from '../../reconcile/observe.ts';
import { holdLease } from '../../stop.ts';
import type { Assessed } from '../looking/assess.ts';
import { accountOf } from '../looking/keep-file.ts';
import { policyOfOwner } from '../looking/rule-policy.ts';
import { readSteady, wallOf, type SteadyNow } from '../looking/steady-clock.ts';
import { forgetAttempt, putAttempt, sameAttempt, type StopAttempt } from './stop-attempt.ts';
import { forgetStopping, putStopping, stoppedEvent, type Stopping } from './stopping.ts';
import { limitText } from './tell-pass.ts';
import { tellAction } from './telling.ts';

/** A stop that a rule asks for. */
export type StopAction = Extract<LifecycleAction, { kind: 'stop' }>;

/**
 * Stops a container because of a rule: its owner is told, the hook in it runs, its processes get the
 * grace, and only a container that is seen to be stopped counts as that. `first` is false for another
 * attempt, of which nobody is told again and before which no hook runs again. Fails with `container.stop-failed`, and with the engine's
 * errors.
 */
export async function stopByRule(
  deps: ControlPlaneDependencies,
  of: {
    readonly policy: CurrentPolicy;
    readonly assessed: Assessed;
    readonly first: boolean;
    /** Called when its owner is to be told. */
    readonly onTold: () => void;
  },
  action: StopAction,
): Promise<void> {
  const { assessed, first } = of;
  const { record, state } = assessed.subject.container;
  const { id } = record;
  const { stopping, attempt } = begin(deps, of, action);
  of.onTold();
  const reason = reasonOf(action);
  noteEnding(deps, { id, withinMs: 2 * action.graceMs, reason });
  try {
    if (state === 'paused') await deps.engine.unpauseContainer(id);
    if (first && !attempt.hookBegun) {
      deps.store.transaction(({ meta }) => putAttempt(meta, id, { ...attempt, hookBegun: true }));
      await runHook(deps, of, action);
    }
    const timeoutSeconds = Math.ceil(action.graceMs / 1000);
    await deps.engine.stopContainer(id, { timeoutSeconds });
    const details = await inspectOrNull(deps, id);
    if (details !== null && isAlive(details.state)) {
      throw ds01Error('container.stop-failed', {
        message: `${operandOf(record)} is still running after it was told to stop.`,
        hint: `ds01 container stop ${operandOf(record)} --force`,
      });
    }
    const finishedAtMs = details?.finishedAtMs ?? deps.clock.nowMs();
    deps.store.transaction((transaction) => {
      forgetStopping(transaction.meta, id);
      forgetAttempt(transaction.meta, id);
      const event = stoppedEvent(id, stopping);
      endedOnPurpose(transaction, { id, event }, deps.clock.nowMs());
    });
    hold(deps, assessed, finishedAtMs);
  } catch (error) {
    await forgetIfRunning(deps, id);
    throw error;
  }
}

function reasonOf({ rule, promised }: StopAction): string {
  if (rule === 'idle') return 'it was idle for too long';
  if (promised === undefined) return 'it reached its maximum runtime';
  return promised === 'request'
    ? 'its GPU was promised to a request that waits'
    : 'its GPU is reserved for somebody else';
}

/** Where it isn't sure that the container runs on, the next look tells of a stop that was done after all. */
async function forgetIfRunning(deps: ControlPlaneDependencies, id: ContainerId): Promise<void> {
  try {
    const details = await inspectOrNull(deps, id);
    if (details === null || !isAlive(details.state)) return;
    deps.store.transaction((transaction) => {
      forgetStopping(transaction.meta, id);
      forgetEnding(transaction, id);
    });
  } catch (error) {
    deps.logger.warn('it is not known whether a stop was done', { id, error: String(error) });
  }
}

/**
 * Notes what is about to be done, and tells its owner, in one transaction. Who was told by a daemon that
 * died on the way isn't told again by the next one.
 */
function begin(
  deps: ControlPlaneDependencies,
  of: { readonly policy: CurrentPolicy; readonly assessed: Assessed; readonly first: boolean },
  action: StopAction,
): { readonly stopping: Stopping; readonly attempt: StopAttempt } {
  const { assessed, policy, first } = of;
  const { record } = assessed.subject.container;
  return deps.store.transaction((transaction) => {
    const now: SteadyNow = readSteady(transaction.meta, deps.clock);
    const lastActiveMs = assessed.evaluated.memory.lastActiveAtMs;
    const { user, uid, container } = aboutContainer(record);
    const stopping: Stopping = {
      rule: action.rule,
      user: user === null ? null : record.user,
      uid,
      container: container ?? record.dockerName,
      details: {
        limit: limitText(assessed.limits.origins[action.rule]),
        lastActiveAt: lastActiveMs === null ? null : instantOf(wallOf(now, lastActiveMs)),
        ranForMs: Math.round(action.ranForMs),
      },
    };
    putStopping(transaction.meta, record.id, stopping);
    const sinceMs = action.rule === 'idle' ? lastActiveMs : record.startedAtMs;
    const known = sameAttempt(transaction.meta, record.id, { rule: action.rule, sinceMs });
    const attempt = known ?? { rule: action.rule, sinceMs, hookBegun: false };
    putAttempt(transaction.meta, record.id, attempt);
    if (first && known === null) tellAction(transaction, { policy, now, assessed }, { action });
    return { stopping, attempt };
  });
}

/** Its GPU is kept for a while; that of a container which DS01 didn't make is given back by the next look. */
function hold(deps: ControlPlaneDependencies, { subject, limits }: Assessed, atMs: number): void {
  if (!subject.container.record.managed) return;
  const lease = deps.store.transaction(({ leases }) =>
    leaseOf(leases.live(), subject.container.record.id),
  );
  if (lease === undefined) return;
  holdLease(deps, lease, limits.gpuHoldMs === null ? null : atMs + limits.gpuHoldMs);
}

/** What its owner wants to be done before; never in the way of the stop. */
async function runHook(
  deps: ControlPlaneDependencies,
  { policy, assessed }: { readonly policy: CurrentPolicy; readonly assessed: Assessed },
  { rule: reason, graceMs }: StopAction,
): Promise<void> {
  const { record } = assessed.subject.container;
  const account = await accountOf(deps, record);
  if (account === null) return;
  const { limits } = policyOfOwner(policy, record).resolved;
  const enabled = limits['policies.checkpoint_warning'].value;
  await runStopHook(deps, { record, account, enabled, graceMs, reason });
}
