import { ds01Error, formatDuration, type ContainerOutput, type Lease } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { leaseOf, operandOf } from './lookup.ts';
import type { CurrentPolicy } from './policy.ts';
import { summaryOf } from './present.ts';
import { inspectOrNull } from './reconcile/observe.ts';
import { isAlive } from './reconcile/is-alive.ts';
import type { Reconciled } from './reconcile/reconcile.ts';
import type { ObservedContainer } from './reconcile/types.ts';
import { gpusIfQuick, openContainer } from './use-case.ts';

/** How to stop. */
export interface StopInput {
  readonly name: string;
  /** SIGKILL at once instead of SIGTERM first. */
  readonly force: boolean;
  /** Seconds between SIGTERM and SIGKILL; `null` is the policy's `sigterm_grace_s`. */
  readonly timeoutSeconds: number | null;
}

/**
 * Stops a container and verifies it; its GPU is held for the owner's `gpu_hold_after_stop_h`. A
 * container that is stopped already is fine. Fails with `container.stop-failed`.
 */
export async function stop(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: StopInput,
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const opened = await openContainer(deps, target, gpusIfQuick(options));
  return stopFound(deps, { ...opened, caller, input }, options);
}

/** {@link stop} for a container that was found already. */
export async function stopFound(
  deps: ControlPlaneDependencies,
  parts: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly now: Reconciled;
    readonly container: ObservedContainer;
    readonly input: Omit<StopInput, 'name'>;
  },
  options: UseCaseOptions,
): Promise<ContainerOutput> {
  const { container, now, policy, caller } = parts;
  const lease = leaseOf(now.leases, container.record.id) ?? null;
  if (!isAlive(container.state)) {
    return { container: summaryOf(container, lease ?? undefined), note: 'it was not running' };
  }
  if (options.dryRun === true) {
    return { container: summaryOf(container, lease ?? undefined), note: 'it would be stopped' };
  }
  options.onProgress?.(`stopping ${container.record.name}`);
  const finishedAtMs = await endProcesses(deps, parts, options);
  const stopped: ObservedContainer = { ...container, state: 'exited', finishedAtMs };
  if (lease === null) return { container: summaryOf(stopped, undefined), note: null };
  if (!container.record.managed) {
    // There is no hold: nothing of ours could start it on this GPU again.
    releaseExternal(deps, lease);
    return { container: summaryOf(stopped, undefined), note: holdNote(lease, 0) };
  }
  const holdMs = policy.forUser(caller.owner.name).gpuHoldMs;
  const held = holdLease(deps, lease, holdMs === null ? null : finishedAtMs + holdMs);
  return { container: summaryOf(stopped, held ?? undefined), note: holdNote(held, holdMs) };
}

/** Ends a container's processes and says when they ended. Fails with `container.stop-failed`. */
export async function endProcesses(
  deps: ControlPlaneDependencies,
  parts: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly container: ObservedContainer;
    readonly input: Omit<StopInput, 'name'>;
  },
  options: UseCaseOptions,
): Promise<number> {
  const { container, input, policy, caller } = parts;
  const id = container.record.id;
  const limits = policy.forUser(caller.owner.name).resolved.limits;
  if (container.state === 'paused') await deps.engine.unpauseContainer(id);
  await deps.engine.stopContainer(id, {
    timeoutSeconds: input.force
      ? 0
      : (input.timeoutSeconds ?? limits['policies.sigterm_grace_s'].value),
    signal: options.signal,
  });
  const details = await inspectOrNull(deps, id);
  if (details !== null && isAlive(details.state)) {
    throw ds01Error('container.stop-failed', {
      message: `${operandOf(container.record)} is still running after it was told to stop.`,
      hint: `ds01 container stop ${operandOf(container.record)} --force`,
    });
  }
  return details?.finishedAtMs ?? deps.clock.nowMs();
}

function releaseExternal(deps: ControlPlaneDependencies, lease: Lease): void {
  deps.store.transaction((transaction) => {
    // A process that outlived its container keeps its GPU until a reconcile finds it gone.
    if (lease.containerId !== null && deps.grants.withdraw(lease.containerId) === 'in-use') return;
    const token = transaction.leases.get(lease.id)?.token ?? lease.token;
    const expected = { token, states: ['external'] as const };
    transaction.leases.update(lease.id, expected, { state: 'released' });
  });
}

/** The GPU of a container that stopped is kept until then; `null` is for good. */
export function holdLease(
  deps: ControlPlaneDependencies,
  lease: Lease,
  heldUntilMs: number | null,
): Lease | null {
  return deps.store.transaction((transaction) => {
    const current = transaction.leases.get(lease.id);
    if (current === null || current.state === 'released') return null;
    const change = { state: 'held', heldUntilMs } as const;
    transaction.leases.update(
      lease.id,
      { token: current.token, states: ['bound', 'held'] },
      change,
    );
    return { ...current, ...change };
  });
}

function holdNote(held: Lease | null, holdMs: number | null): string | null {
  if (held === null) return null;
  if (holdMs === 0) return 'its GPU goes back to everybody';
  return holdMs === null
    ? 'its GPU stays yours until you retire the container'
    : `its GPU stays yours for ${formatDuration(holdMs)}`;
}
