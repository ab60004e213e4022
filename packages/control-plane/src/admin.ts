import { usageOf } from '@ds01/gpu-allocator';
import {
  configProblemSchema,
  gpuEquivalentsOfLease,
  isDs01Error,
  type LimitKey,
  type RouteOutput,
  type Username,
} from '@ds01/contracts';
import { z } from 'zod';
import type { UseCaseOptions } from './caller.ts';
import type { ControlPlaneDependencies } from './dependencies.ts';
import { readSiteCatalogue } from './images/site-catalogue.ts';
import { leaseOf } from './lookup.ts';
import { loadCurrentPolicy, type PolicySource } from './policy.ts';
import { instantOf, leaseSummaryOf, summaryOf } from './present.ts';
import { isAlive } from './reconcile/is-alive.ts';
import { roleOf } from './roles.ts';
import { gpusIfQuick, open } from './use-case.ts';

/** Everybody's containers, foreign ones too, by their names of the engine. */
export async function adminContainers(
  deps: ControlPlaneDependencies,
  { all }: { readonly all: boolean },
  options: UseCaseOptions = {},
): Promise<RouteOutput<'admin.containers'>> {
  const { now } = await open(deps, gpusIfQuick(options));
  const containers = now.containers
    .filter(({ state }) => all || isAlive(state))
    .map((container) => ({
      ...summaryOf(container, leaseOf(now.leases, container.record.id), now),
      uid: container.record.uid,
      ownerBy: container.record.ownerBy ?? (container.record.managed ? ('signed' as const) : null),
      devices: [...container.record.devices],
    }))
    .toSorted((left, right) => (left.dockerName < right.dockerName ? -1 : 1));
  return { containers };
}

/** Every live lease, by creation. */
export async function adminLeases(
  deps: ControlPlaneDependencies,
  options: UseCaseOptions,
): Promise<RouteOutput<'admin.leases'>> {
  const { now } = await open(deps, gpusIfQuick(options));
  const leases = now.leases
    .toSorted((left, right) => left.createdAtMs - right.createdAtMs)
    .map((lease) => ({
      ...leaseSummaryOf(lease),
      container: lease.dockerName === '' ? null : lease.dockerName,
      heldUntil: lease.heldUntilMs === null ? null : instantOf(lease.heldUntilMs),
    }));
  return { leases };
}

/** Everybody who has a container, a lease or a place in the policy; containers of nobody last. */
export async function adminUsers(
  deps: ControlPlaneDependencies,
  options: UseCaseOptions,
): Promise<RouteOutput<'admin.users'>> {
  const { now, policy } = await open(deps, gpusIfQuick(options));
  const names = new Set<Username>(policy.people);
  for (const { record } of now.containers) if (record.user !== null) names.add(record.user);
  for (const { user } of now.leases) if (user !== null) names.add(user);
  const users = await Promise.all(
    [...names].toSorted().map(async (name) => {
      const account = await deps.accounts.byName(name);
      const { group, resolved } = policy.forUser(name);
      const own = now.containers.filter(({ record }) => record.user === name);
      const usage = usageOf(now.leases, name);
      return {
        user: name,
        uid: account?.uid ?? null,
        group,
        role: account === null ? null : await roleOf(deps, policy, account),
        containers: own.length,
        runningContainers: own.filter(({ state }) => isAlive(state)).length,
        gpuSlots: usage.slots,
        gpuEquivalents: usage.gpuEquivalents,
        maxGpuEquivalents: resolved.limits.max_gpu_equivalents.value,
      };
    }),
  );
  const unowned = now.containers.filter(({ record }) => record.user === null);
  const external = now.leases.filter(({ user }) => user === null);
  if (unowned.length === 0 && external.length === 0) return { users };
  const nobody = {
    user: null,
    uid: null,
    group: null,
    role: null,
    containers: unowned.length,
    runningContainers: unowned.filter(({ state }) => isAlive(state)).length,
    gpuSlots: external.reduce((sum, lease) => sum + lease.slots.length, 0),
    gpuEquivalents: external.reduce((sum, lease) => sum + gpuEquivalentsOfLease(lease), 0),
    maxGpuEquivalents: null,
  };
  return { users: [...users, nobody] };
}

/**
 * All problems of the configuration folder, and of the catalogue of bases that it names; needs neither
 * engine nor ledger.
 */
export async function checkLimits(deps: PolicySource): Promise<RouteOutput<'admin.limits.check'>> {
  try {
    const { problems, stale, settings } = loadCurrentPolicy(deps, { dryRun: true });
    const { problems: catalogue } = await readSiteCatalogue(deps, settings);
    return {
      valid: !stale && catalogue.length === 0,
      stale,
      problems: [...problems, ...catalogue],
    };
  } catch (error) {
    if (!isDs01Error(error) || error.code !== 'limits.invalid-file') throw error;
    const problems = z.array(configProblemSchema).parse(error.details['problems']);
    return { valid: false, stale: false, problems };
  }
}

/** Where one limit of one user comes from; for any name, account or not. */
export function explainLimit(
  deps: PolicySource,
  user: Username,
  key: LimitKey,
): RouteOutput<'admin.limits.explain'> {
  const { group, resolved } = loadCurrentPolicy(deps, { dryRun: true }).forUser(user);
  const { value, layer, file, line } = resolved.limits[key];
  return { user, group, key, value, layer, file, line };
}
