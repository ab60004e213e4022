import { usageOf } from '@ds01/gpu-allocator';
import type { DoctorOutput, Lease } from '@ds01/contracts';
import type { ControlPlaneDependencies } from '../dependencies.ts';
import { seesEveryGpu } from '../device-ids.ts';
import type { CurrentPolicy } from '../policy.ts';
import { isAlive } from '../reconcile/is-alive.ts';
import { reconcile } from '../reconcile/reconcile.ts';
import type { ObservedContainer } from '../reconcile/types.ts';

type Check = DoctorOutput['checks'][number];

/**
 * Whether containers that DS01 didn't make have GPUs that nobody answers for: those of nobody known,
 * of somebody who has more than their limit, or asked for as `all`. Nothing to tell is no check.
 */
export async function checkForeign(
  deps: ControlPlaneDependencies,
  policy: CurrentPolicy,
): Promise<readonly Check[]> {
  const id = 'foreign';
  const { containers, leases } = await reconcile(deps, policy, { dryRun: true });
  const running = containers.filter(({ record, state }) => !record.managed && isAlive(state));
  const external = leases.filter(({ state }) => state === 'external');
  const findings = [
    ...overLimit(policy, leases, external),
    ...external.filter(({ user }) => user === null).map(unowned),
    ...running.filter(({ record }) => seesEveryGpu(record.devices)).map(withEveryGpu),
    ...running.filter(({ record }) => record.ownerBy === null).map(unknownOwner),
  ];
  if (findings.length === 0) return [];
  const [message, hint] = [findings.join('; '), 'ds01-admin containers'];
  return [{ id, ok: true, severity: 'warning', message, hint }];
}

function overLimit(
  policy: CurrentPolicy,
  leases: readonly Lease[],
  external: readonly Lease[],
): readonly string[] {
  const owners = new Set(external.flatMap(({ user }) => (user === null ? [] : [user])));
  return [...owners].toSorted().flatMap((user) => {
    const allowed = policy.forUser(user).resolved.limits.max_gpu_equivalents.value;
    const used = usageOf(leases, user).gpuEquivalents;
    if (allowed === null || used <= allowed) return [];
    const names = external.filter((lease) => lease.user === user).map((lease) => lease.dockerName);
    return [
      `${user} has ${used.toFixed(2)} of ${allowed.toFixed(2)} GPUs with ${names.join(', ')}, ` +
        'which DS01 did not make',
    ];
  });
}

function unowned({ dockerName, slots }: Lease): string {
  return `${dockerName} of nobody known has GPU ${slots.map(({ slot }) => slot).join(', ')}`;
}

function withEveryGpu({ record }: ObservedContainer): string {
  return `${record.dockerName} asks for every GPU (--gpus all), whatever it computes on`;
}

function unknownOwner({ record }: ObservedContainer): string {
  return `the owner of ${record.dockerName} could not be looked for`;
}
