import { ds01Error, isDs01Error, type ContainerOutput } from '@ds01/contracts';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { reserveTtlMs } from './deploy/reserve.ts';
import { leaseOf } from './lookup.ts';
import { removePending, renewPending } from './pending.ts';
import { summaryOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import { keepRenewing } from './renewal.ts';
import {
  claimContainer,
  refuseLost,
  startExisting,
  type Started,
  type StartRequest,
} from './start.ts';
import { endProcesses, holdLease, type StopInput } from './stop.ts';
import { openContainer } from './use-case.ts';

/**
 * Stops a container and starts it again on the same GPU, which nobody else can get in between. One
 * that doesn't run is just started. Once it was told to stop it is started again, also when the
 * caller loses patience. Fails with `gpu.lost` before it is stopped, `gpu.gone` when its hold ended and
 * others have its GPU, and with the errors of stop and start.
 */
export async function restart(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: StopInput,
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const opened = await openContainer(deps, { caller, name: input.name }, options);
  const { container, now } = opened;
  const { name } = container.record;
  const lease = leaseOf(now.leases, container.record.id);
  const runs = isAlive(container.state);
  if (runs) refuseLost({ container, now });
  if (options.dryRun === true) {
    const note = runs ? 'it would be stopped and started' : 'it would be started';
    return { container: summaryOf(container, lease), note };
  }
  const request = { ...opened, caller };
  if (!runs) {
    const started = await startExisting(deps, request, options);
    return { container: started.container, note: 'it was not running' };
  }
  options.signal?.throwIfAborted();
  const started = await stopAndStart(deps, { request, input }, options);
  if (options.signal?.aborted === true) {
    throw ds01Error('operation.interrupted', {
      message: `${name} had been told to stop already, so it was started again.`,
    });
  }
  return { container: started.container, note: null };
}

async function stopAndStart(
  deps: ControlPlaneDependencies,
  parts: { readonly request: StartRequest; readonly input: StopInput },
  { onProgress }: UseCaseOptions,
): Promise<Started> {
  const { request, input } = parts;
  const { container, policy } = request;
  const { dockerName, name } = container.record;
  const ttlMs = reserveTtlMs(policy);
  // While this note stands, nobody takes the stopped container's GPU for one to be given back.
  const claim = claimContainer(deps, request);
  const renewal = keepRenewing(deps, ttlMs, () => {
    const renewed = { token: claim, expiresAtMs: deps.clock.nowMs() + ttlMs };
    deps.store.transaction((transaction) => renewPending(transaction, dockerName, renewed));
  });
  let finishedAtMs: number | null = null;
  try {
    onProgress?.(`stopping ${name}`);
    finishedAtMs = await endProcesses(deps, { ...request, input }, {});
    const stopped = { ...container, state: 'exited' as const, finishedAtMs };
    const again = { ...request, container: stopped, claim };
    return await startExisting(deps, again, { onProgress });
  } catch (error) {
    if (finishedAtMs === null) throw error;
    holdAfter(deps, request, finishedAtMs);
    throw notStartedAgain(name, error);
  } finally {
    renewal.stop();
    deps.store.transaction((transaction) => {
      removePending(transaction, dockerName, claim);
    });
  }
}

/** It stays stopped, as if by `stop`. */
function holdAfter(
  deps: ControlPlaneDependencies,
  { container, now, policy, caller }: StartRequest,
  finishedAtMs: number,
): void {
  const lease = leaseOf(now.leases, container.record.id);
  if (lease === undefined) return;
  const holdMs = policy.forUser(caller.owner.name).gpuHoldMs;
  holdLease(deps, lease, holdMs === null ? null : finishedAtMs + holdMs);
}

function notStartedAgain(name: string, error: unknown): unknown {
  if (!isDs01Error(error)) return error;
  return ds01Error(error.code, {
    message: `${name} was stopped, but could not be started again: ${error.message}`,
    hint: error.hint ?? `ds01 container start ${name}`,
    details: error.details,
    retryable: error.retryable,
    cause: error,
  });
}
