import { ds01Error, formatDuration, type ContainerOutput, type Lease } from '@ds01/contracts';
import type { NewEvent } from '@ds01/contracts/lifecycle';
import type { ContainerRecord } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { aboutContainer, appendHeld, appendReleased } from './events/container-events.ts';
import { endedOnPurpose, forgetEnding, noteEnding } from './events/endings.ts';
import { endLeftBehind } from './left-behind.ts';
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
    /** What is written down; left out, that a person stopped it. */
    readonly event?: NewEvent;
  },
  options: UseCaseOptions,
): Promise<ContainerOutput> {
  const { container, now, policy, caller } = parts;
  const lease = leaseOf(now.leases, container.record.id) ?? null;
  if (!isAlive(container.state)) {
    const ended = options.dryRun === true ? [] : await endLost(deps, container.record);
    const note = ended.length === 0 ? 'it was not running' : lostNote(ended.length);
    return { container: summaryOf(container, lease ?? undefined), note };
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

/** Processes of a container that doesn't run, as far as the engine knows: they are ended. */
async function endLost(
  deps: ControlPlaneDependencies,
  record: ContainerRecord,
): Promise<readonly number[]> {
  const lost = deps.processes.ofContainers(new Set([record.id])).get(record.id) ?? [];
  if (lost.length === 0) return [];
  const left = (await endLeftBehind(deps, record.id)) ?? [];
  if (left.length === 0) return lost;
  throw ds01Error('container.stop-failed', {
    message: `Processes of ${operandOf(record)} that the engine has lost don't end (${left.join(', ')}).`,
    hint: 'ds01 doctor',
  });
}

function lostNote(count: number): string {
  return `the engine had lost it: ${count === 1 ? 'its process was' : `${count} processes were`} ended`;
}

/**
 * Ends a container's processes and says when they ended; `event` is written down then, a person's
 * stop when left out. Fails with `container.stop-failed`.
 */
export async function endProcesses(
  deps: ControlPlaneDependencies,
  parts: {
    readonly caller: Caller;
    readonly policy: CurrentPolicy;
    readonly container: ObservedContainer;
    readonly input: Omit<StopInput, 'name'>;
    readonly event?: NewEvent;
  },
  options: UseCaseOptions,
): Promise<number> {
  const { container, input, policy, caller } = parts;
  const { record } = container;
  const { id } = record;
  const limits = policy.forUser(caller.owner.name).resolved.limits;
  const timeoutSeconds = input.force
    ? 0
    : (input.timeoutSeconds ?? limits['policies.sigterm_grace_s'].value);
  const reason = 'it was made to be removed once it stops';
  noteEnding(deps, { id, withinMs: (timeoutSeconds ?? 0) * 1000, reason });
  try {
    if (container.state === 'paused') await deps.engine.unpauseContainer(id);
    await deps.engine.stopContainer(id, { timeoutSeconds, signal: options.signal });
    const finishedAtMs = await verifyEnded(deps, record);
    const details = { force: input.force };
    const stopped = { type: 'container.stopped' as const, ...aboutContainer(record), details };
    deps.store.transaction((transaction) =>
      endedOnPurpose(transaction, { id, event: parts.event ?? stopped }, deps.clock.nowMs()),
    );
    return finishedAtMs;
  } catch (error) {
    deps.store.transaction((transaction) => forgetEnding(transaction, id));
    throw error;
  }
}

async function verifyEnded(
  deps: ControlPlaneDependencies,
  record: ContainerRecord,
): Promise<number> {
  const details = await inspectOrNull(deps, record.id);
  if (details !== null && isAlive(details.state)) {
    throw ds01Error('container.stop-failed', {
      message: `${operandOf(record)} is still running after it was told to stop.`,
      hint: `ds01 container stop ${operandOf(record)} --force`,
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
    if (!transaction.leases.update(lease.id, expected, { state: 'released' })) return;
    appendReleased(transaction, { lease, reason: 'its container stopped' }, deps.clock.nowMs());
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
    const expected = { token: current.token, states: ['bound', 'held'] as const };
    const isChanged = transaction.leases.update(lease.id, expected, change);
    if (isChanged && current.state !== 'held') {
      const held = { lease: current, untilMs: heldUntilMs };
      appendHeld(transaction, held, deps.clock.nowMs());
    }
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
