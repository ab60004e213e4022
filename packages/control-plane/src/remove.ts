import { ds01Error, isDs01Error, type ContainerOutput, type Ds01Error } from '@ds01/contracts';
import type { ContainerRecord, EngineContainerState } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { appendReleased } from './events/container-events.ts';
import { forgetContainer, forgetEnding, noteEnding } from './events/endings.ts';
import { endLeftBehind } from './left-behind.ts';
import { leaseOf, operandOf } from './lookup.ts';
import type { CurrentPolicy } from './policy.ts';
import { summaryOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import type { Reconciled } from './reconcile/reconcile.ts';
import { sweepHost } from './reconcile/sweep.ts';
import type { ObservedContainer } from './reconcile/types.ts';
import { stopFound, type StopInput } from './stop.ts';
import { gpusIfQuick, openContainer } from './use-case.ts';

/** Which container to remove. */
export interface RemoveInput {
  readonly name: string;
  /** Remove it even while it runs. */
  readonly force: boolean;
}

/**
 * Removes a stopped container and gives its GPU back; files in the workspace stay. Fails with
 * `container.running` unless forced.
 */
export async function remove(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: RemoveInput,
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const opened = await openContainer(deps, target, gpusIfQuick(options));
  const { container } = opened;
  if (isAlive(container.state) && !input.force) {
    throw stillRuns(container.record, container.state);
  }
  return removeFound(deps, { ...opened, force: input.force }, options);
}

/** Stops, removes and gives the GPU back at once; the workspace stays. */
export async function retire(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: StopInput,
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const opened = await openContainer(deps, target, gpusIfQuick(options));
  if (isAlive(opened.container.state) && options.dryRun !== true) {
    await stopFound(deps, { ...opened, caller, input }, options);
  }
  return removeFound(deps, { ...opened, force: true }, options);
}

function stillRuns(record: ContainerRecord, state: EngineContainerState = 'running'): Ds01Error {
  const name = operandOf(record);
  return ds01Error('container.running', {
    message: state === 'paused' ? `${name} is paused, not stopped.` : `${name} is running.`,
    hint: `ds01 container retire ${name}`,
  });
}

/** Removes a container that was found already, as {@link remove} does. */
export async function removeFound(
  deps: ControlPlaneDependencies,
  parts: {
    readonly policy: CurrentPolicy;
    readonly now: Reconciled;
    readonly container: ObservedContainer;
    readonly force: boolean;
    /** Goes on after "because"; left out, its owner wanted it. */
    readonly reason?: string;
  },
  options: UseCaseOptions,
): Promise<ContainerOutput> {
  const { container, now, policy, force, reason = 'its owner removed it' } = parts;
  const { record } = container;
  const lease = leaseOf(now.leases, record.id) ?? null;
  const slots = lease?.slots.map((slot) => slot.slot).join(', ');
  if (options.dryRun === true) {
    const note = slots === undefined ? 'it would be removed' : `it would give back GPU ${slots}`;
    return { container: summaryOf(container, lease ?? undefined), note };
  }
  options.onProgress?.(`removing ${record.name}`);
  noteEnding(deps, { id: record.id, withinMs: 0, reason });
  await removeFromEngine(deps, record, force);
  // What the engine has lost would compute on, of no container.
  if (deps.processes.ofContainers(new Set([record.id])).size > 0)
    await endLeftBehind(deps, record.id);
  const leases = deps.store.transaction((transaction) => {
    const live = leaseOf(transaction.leases.live(), record.id);
    // A process that outlived its container keeps its GPU until a reconcile finds it gone.
    const nowMs = deps.clock.nowMs();
    if (live !== undefined && deps.grants.withdraw(record.id) !== 'in-use') {
      const expected = { token: live.token, states: [live.state] };
      transaction.leases.update(live.id, expected, { state: 'released', heldUntilMs: null });
      appendReleased(transaction, { lease: live, reason: 'its container was removed' }, nowMs);
    }
    forgetContainer(transaction, { id: record.id, reason }, nowMs);
    return transaction.leases.live();
  });
  // What others' containers mount may be somebody's pins; those that nobody needs are swept.
  if (record.managed && record.pinKey !== null) await deps.pins.unpin(record.pinKey);
  const containers = now.containers.filter((other) => other.record.id !== record.id);
  await sweepHost(deps, policy, { ...now, leases, containers });
  const gone = summaryOf(container, undefined);
  return {
    container: { ...gone, state: 'removed', stopsAt: null, stopReason: null },
    note: slots === undefined ? null : `GPU ${slots} is free again`,
  };
}

/** What was stopped when it was looked at may have been started since: it isn't killed unasked. */
async function removeFromEngine(
  deps: ControlPlaneDependencies,
  record: ContainerRecord,
  force: boolean,
): Promise<void> {
  try {
    await deps.engine.removeContainer(record.id, { force });
  } catch (error) {
    deps.store.transaction((transaction) => forgetEnding(transaction, record.id));
    if (!force && isDs01Error(error) && error.code === 'engine.conflict') throw stillRuns(record);
    throw error;
  }
}
