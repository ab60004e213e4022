import type { RouteOutput } from '@ds01/contracts';
import type { HostGpuProcess, Workload } from '@ds01/contracts/lifecycle';
import type { UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { leaseOf } from '../lookup.ts';
import { instantOf, summaryOf } from '../present.ts';
import type { Reconciled } from '../reconcile/reconcile.ts';
import type { ObservedContainer } from '../reconcile/types.ts';
import { gpusIfQuick, open } from '../use-case.ts';
import { gpuHostProcesses, type GpuHostProcess } from './gpu-host-processes.ts';
import { isNoted } from './note-host-processes.ts';

/** Younger ones that no two looks saw may be gone before anybody reads of them. */
const settledMs = 5000;

/**
 * Everything that runs or could, whatever made it: containers by their names of the engine, then
 * processes of the host that compute on GPUs.
 */
export async function adminWorkloads(
  deps: ControlPlaneDependencies,
  options: UseCaseOptions = {},
): Promise<RouteOutput<'admin.workloads'>> {
  const { now } = await open(deps, gpusIfQuick(options));
  const hostProcesses = await Promise.all(
    settledHostProcesses(deps, now).map((process) => viewOf(deps, process)),
  );
  const containers = now.containers
    .map((container) => containerWorkload(container, now))
    .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  return { workloads: [...containers, ...hostProcesses.map(processWorkload)], hostProcesses };
}

/** Those that two looks of the rules saw, and in a process without the rules those of some age. */
function settledHostProcesses(
  deps: ControlPlaneDependencies,
  { inventory, leases, containers }: Reconciled,
): readonly GpuHostProcess[] {
  if (inventory === null) return [];
  const ids = new Set(containers.map(({ record }) => record.id));
  const { processes, clock, store } = deps;
  const noted = store.transaction(({ meta }) => isNoted(meta, clock.bootId()));
  return gpuHostProcesses({ inventory, leases, containers: ids, processes }).filter(
    (process) =>
      noted(process) ||
      (process.startedAtMs !== null && clock.nowMs() - process.startedAtMs >= settledMs),
  );
}

async function viewOf(
  deps: Pick<ControlPlaneDependencies, 'accounts'>,
  process: GpuHostProcess,
): Promise<HostGpuProcess> {
  const { pid, uid, program, slot, device, memoryBytes, startedAtMs, leaseOf: holder } = process;
  const account = await deps.accounts.byUid(uid);
  return {
    pid,
    user: account?.name ?? null,
    program,
    slot,
    device,
    memoryBytes,
    startedAt: startedAtMs === null ? null : instantOf(startedAtMs),
    leaseOf: holder,
  };
}

function containerWorkload(container: ObservedContainer, now: Reconciled): Workload {
  const { record } = container;
  const { dockerName, user, state, slots, image, startedAt } = summaryOf(
    container,
    leaseOf(now.leases, record.id),
  );
  return {
    kind: kindOf(record),
    name: dockerName,
    user,
    state,
    slots: [...slots],
    image,
    startedAt,
    gpuMemoryBytes: null,
  };
}

function kindOf(record: ObservedContainer['record']): Workload['kind'] {
  if (record.managed) return 'managed';
  const { interface: door } = record;
  return door === 'compose' || door === 'devcontainer' ? door : 'docker';
}

function processWorkload(process: HostGpuProcess): Workload {
  const { pid, program, user, slot, startedAt, memoryBytes } = process;
  return {
    kind: 'host-process',
    name: `${program} (pid ${pid})`,
    user,
    state: 'running',
    slots: slot === null ? [] : [slot],
    image: null,
    startedAt,
    gpuMemoryBytes: memoryBytes,
  };
}
