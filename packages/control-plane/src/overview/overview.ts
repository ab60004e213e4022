import { usageOf } from '@ds01/gpu-allocator';
import { gpuEquivalentsOfLease, type GpuStatusOutput, type Username } from '@ds01/contracts';
import type { Overview } from '@ds01/contracts/lifecycle';
import type { Caller, UseCaseOptions } from '../caller.ts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { gpuStatusOf } from '../gpu.ts';
import type { LatestUse, LifecycleLoop } from '../lifecycle/loop.ts';
import { leaseOf } from '../lookup.ts';
import { instantOf, leaseSummaryOf, summaryOf } from '../present.ts';
import { engineInfo } from '../reconcile/reconcile.ts';
import { gpusIfQuick, open, type Opened } from '../use-case.ts';
import { alertsOf } from './alerts.ts';
import { newestEvents } from './newest-events.ts';

type Container = Overview['containers'][number];

/** Everything that the dashboard shows, from one listing of the engine and what was measured last. */
export async function adminOverview(
  deps: ControlPlaneDependencies,
  { caller, lifecycle }: { readonly caller: Caller; readonly lifecycle: LifecycleLoop | null },
  options: UseCaseOptions = {},
): Promise<Overview> {
  // Looking often must cost little: repairs are made by whoever looks because something happened.
  const opened = await open(deps, gpusIfQuick({ ...options, dryRun: true }));
  const { now, policy } = opened;
  const uses = lifecycle?.latest() ?? new Map<string, LatestUse>();
  const containers = now.containers
    .map((container): Container => {
      const { id } = container.record;
      const use = uses.get(id);
      return {
        ...summaryOf(container, leaseOf(now.leases, id), now),
        cpuPercent: use?.cpuPercent ?? null,
        memoryBytes: use?.memoryBytes ?? null,
        memoryLimitBytes: use?.memoryLimitBytes ?? null,
        lastActiveAt: instantOrNull(use?.lastActiveAtMs ?? null),
      };
    })
    .toSorted((left, right) => (left.dockerName < right.dockerName ? -1 : 1));
  const status = lifecycle?.status() ?? null;
  const seen = {
    gpus: gpusOf(deps, opened, caller),
    containers,
    users: usersOf(opened, containers),
    system: { ...deps.system.load(), disks: await disksOf(deps, opened) },
    highDemand: status?.highDemand ?? false,
    pausedUntil: status?.pausedUntil ?? null,
  };
  return {
    at: instantOf(deps.clock.nowMs()),
    site: policy.settings.site.name,
    ...seen,
    leases: now.leases.map((lease) => ({
      ...leaseSummaryOf(lease),
      container: lease.dockerName === '' ? null : lease.dockerName,
    })),
    alerts: alertsOf(deps, opened, { ...seen, status }),
    events: newestEvents(deps),
  };
}

function gpusOf(deps: ControlPlaneDependencies, opened: Opened, caller: Caller): GpuStatusOutput {
  const { inventory, probeError } = opened.now;
  if (inventory !== null) return gpuStatusOf(deps, opened, { caller, onlyOwn: false });
  return {
    devices: [],
    totals: { gpuEquivalents: 0, leased: 0, free: 0 },
    notices: [probeError?.message ?? 'The GPUs can’t be read.'],
  };
}

/** Everybody who has something now; containers of nobody last. */
function usersOf({ now, policy }: Opened, containers: readonly Container[]): Overview['users'] {
  const names = new Set<Username>();
  for (const { record } of now.containers) if (record.user !== null) names.add(record.user);
  for (const { user } of now.leases) if (user !== null) names.add(user);
  const own = Map.groupBy(containers, ({ user }) => user);
  const users = [...names].toSorted().map((user) => {
    const { group, resolved } = policy.forUser(user);
    return {
      user,
      group,
      ...sumOf(own.get(user) ?? []),
      gpuEquivalents: usageOf(now.leases, user).gpuEquivalents,
      maxGpuEquivalents: resolved.limits.max_gpu_equivalents.value,
    };
  });
  const nobodys = own.get(null) ?? [];
  const external = now.leases.filter(({ user }) => user === null);
  if (nobodys.length === 0 && external.length === 0) return users;
  const gpuEquivalents = external.reduce((sum, lease) => sum + gpuEquivalentsOfLease(lease), 0);
  const nobody = { user: null, group: null, gpuEquivalents, maxGpuEquivalents: null };
  return [...users, { ...nobody, ...sumOf(nobodys) }];
}

/** What a person's containers are and use together; `null` where nothing was measured. */
function sumOf(containers: readonly Container[]) {
  const sum = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
  };
  return {
    containers: containers.length,
    running: containers.filter(({ state }) => state === 'running' || state === 'paused').length,
    cpuPercent: sum(containers.map(({ cpuPercent }) => cpuPercent)),
    memoryBytes: sum(containers.map(({ memoryBytes }) => memoryBytes)),
  };
}

/** Where images and containers are, where workspaces are, and the system's own. */
async function disksOf(
  deps: ControlPlaneDependencies,
  { policy }: Opened,
): Promise<Overview['system']['disks']> {
  const { dataRoot } = await engineInfo(deps.engine);
  const [workspaces = ''] = policy.settings.workspaces.root.split('{user}');
  const paths = ['/', dataRoot, workspaces].filter((path) => path !== '');
  return [...(await deps.system.spaceOf(paths))];
}

function instantOrNull(timeMs: number | null): string | null {
  return timeMs === null ? null : instantOf(timeMs);
}
