import type {
  AllocationPolicy,
  ConfigProblem,
  LimitKey,
  ResolvedLimits,
  ShowHolders,
  SiteSettings,
  Slug,
  Username,
} from '@ds01/contracts';
import { slugOf } from '@ds01/contracts';
import type { ExemptLimit, LifecycleExemption, Policy, WrittenReservation } from './policy.ts';
import { bytesOf } from './value-kinds.ts';

/** Bytes of a limit that is a size; `null` is no limit. */
export function limitBytes(value: string | number | null): number | null {
  return value === null ? null : (bytesOf(String(value)) ?? null);
}

/** The GPU part of a user's limits, as the allocator takes it. `null` is no limit. */
export function allocationPolicy(policy: Policy, resolved: ResolvedLimits): AllocationPolicy {
  const { limits } = resolved;
  return {
    user: resolved.user,
    group: resolved.group,
    strategy: policy.strategy,
    maxGpuEquivalents: limits.max_gpu_equivalents.value,
    aggregateGpuLimit: limits['aggregate.gpu_limit'].value,
    maxSlotsPerContainer: limits.max_gpu_slots_per_container.value,
    allowFullGpu: limits.allow_full_gpu.value,
  };
}

/** The limits on all of a user's containers together. `null` is no limit. */
export interface AggregateLimits {
  /** As systemd's CPUQuota writes it: `9600%`. */
  readonly cpuQuota: string | null;
  /** CPU time a period, as `cpu.cfs_quota_us` and `cpu.max` write it. */
  readonly cpuQuotaMicros: number | null;
  readonly cpuPeriodMicros: number;
  readonly memoryMaxBytes: number | null;
  /** Has no form on cgroup v1. */
  readonly memoryHighBytes: number | null;
  readonly tasksMax: number | null;
  /** GPU equivalents: the smaller of `aggregate.gpu_limit` and `max_gpu_equivalents`. */
  readonly gpuLimit: number | null;
}

/** The kernel's and systemd's usual period. */
const cpuPeriodMicros = 100_000;

/** A user's aggregate limits in the units of cgroups and systemd. */
export function aggregateLimits({ limits }: ResolvedLimits): AggregateLimits {
  const cpuQuota = limits['aggregate.cpu_quota'].value;
  return {
    cpuQuota,
    cpuQuotaMicros:
      cpuQuota === null
        ? null
        : Math.round((Number(cpuQuota.replaceAll(/[%_\s]/g, '')) / 100) * cpuPeriodMicros),
    cpuPeriodMicros,
    memoryMaxBytes: limitBytes(limits['aggregate.memory_max'].value),
    memoryHighBytes: limitBytes(limits['aggregate.memory_high'].value),
    tasksMax: limits['aggregate.tasks_max'].value,
    gpuLimit: smaller(limits['aggregate.gpu_limit'].value, limits.max_gpu_equivalents.value),
  };
}

/** The smaller of two limits, `null` being none. */
function smaller(left: number | null, right: number | null): number | null {
  if (left === null) return right;
  return right === null ? left : Math.min(left, right);
}

/** The reservations of a policy, or with `nowMs` those that hold at that moment. */
export function reservationsAt(policy: Policy, nowMs?: number): readonly WrittenReservation[] {
  if (nowMs === undefined) return policy.reservations;
  return policy.reservations.filter(({ fromMs, toMs }) => fromMs <= nowMs && nowMs < toMs);
}

/** The first exemption of a user from a lifecycle rule that holds at `nowMs`. */
export function exemptionFor(
  policy: Policy,
  user: Username,
  options: { readonly limit: ExemptLimit; readonly nowMs: number; readonly slug?: Slug },
): LifecycleExemption | undefined {
  const slug = options.slug ?? slugOf(user);
  return policy.exemptions.find(
    (exemption) =>
      (exemption.user === user || exemption.user === slug) &&
      exemption.exemptFrom.includes(options.limit) &&
      (exemption.untilMs === null || options.nowMs < exemption.untilMs),
  );
}

/** What others see of who holds a GPU: ds01.yaml first, then `access_control`, then `names`. */
export function showHoldersOf(policy: Policy, settings: SiteSettings): ShowHolders {
  return settings.show_holders ?? policy.accessControl.showHolders ?? 'names';
}

/** One line about where a limit is written: `resource-limits.yaml line 12 (group)`. */
export function limitOrigin({ limits }: ResolvedLimits, key: LimitKey): string {
  const { layer, file, line } = limits[key];
  return file === null ? layer : `${file} line ${line ?? 1} (${layer})`;
}

/**
 * One line about a problem: `file:line:column: severity: message`, then what was found and what is
 * allowed, as far as the message doesn't say it.
 */
export function formatProblem(problem: ConfigProblem): string {
  const { file, line, column, severity, message, found, allowed } = problem;
  const details = [
    message.includes(`"${found}"`) ? '' : ` Found: ${found}.`,
    message.includes(allowed) ? '' : ` Allowed: ${allowed}.`,
  ].join('');
  return `${file}:${line}:${column}: ${severity}: ${message}${details}`;
}
