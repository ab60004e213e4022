import type { ContainerOutput, ContainersOutput, Lease } from '@ds01/contracts';
import type { ContainerDetails, ContainerRecord } from '@ds01/ports';
import type { Caller, UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { leaseOf, ownContainers } from './lookup.ts';
import { summaryOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import { refuseLost, startExisting } from './start.ts';
import { gpusIfQuick, open, openContainer } from './use-case.ts';

/** Starts a stopped or paused container on its own devices. Fails with `gpu.gone`, `gpu.lost`. */
export async function start(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<ContainerOutput> {
  const opened = await openContainer(deps, { caller, name: input.name }, options);
  const { container, now } = opened;
  const lease = leaseOf(now.leases, container.record.id);
  if (container.state === 'running') {
    refuseLost(opened);
    return { container: summaryOf(container, lease), note: 'it was running already' };
  }
  if (options.dryRun === true) {
    return { container: summaryOf(container, lease), note: 'it would be started' };
  }
  const started = await startExisting(deps, { ...opened, caller }, options);
  return { container: started.container, note: gpuNote(started.lease) };
}

function gpuNote(lease: Lease | null): string | null {
  return lease === null ? null : `on GPU ${lease.slots.map(({ slot }) => slot).join(', ')}`;
}

/** Which containers to list. */
export interface ListInput {
  /** Stopped and created ones too. */
  readonly all: boolean;
}

/** The caller's containers. */
export async function list(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: ListInput,
  options: UseCaseOptions = {},
): Promise<ContainersOutput> {
  const { now } = await open(deps, gpusIfQuick(options));
  const { inventory, probeError } = now;
  const containers = ownContainers(now, caller)
    .filter((container) => input.all || isAlive(container.state))
    .map((container) =>
      summaryOf(container, leaseOf(now.leases, container.record.id), { inventory }),
    )
    .toSorted((left, right) => (left.dockerName < right.dockerName ? -1 : 1));
  if (probeError === null) return { containers };
  return { containers, notices: [`GPU state unknown: ${probeError.message}`] };
}

/** One container with what the engine knows. */
export interface ContainerView extends ContainerOutput {
  readonly details: ContainerDetails;
  readonly record: ContainerRecord;
}

/** One of the caller's containers with its details as the engine has them. */
export async function show(
  deps: ControlPlaneDependencies,
  caller: Caller,
  input: { readonly name: string },
  options: UseCaseOptions = {},
): Promise<ContainerView> {
  const target = { caller, name: input.name, foreign: 'allowed' } as const;
  const { container, now } = await openContainer(deps, target, gpusIfQuick(options));
  const details = await deps.engine.inspectContainer(container.record.id, options);
  const lease = leaseOf(now.leases, container.record.id);
  const { record } = container;
  const known = { startedAtMs: details.startedAtMs, inventory: now.inventory };
  return { container: summaryOf(container, lease, known), note: null, details, record };
}
