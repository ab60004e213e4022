import type { ContainerType, ResolvedLimits } from '@ds01/contracts';
import type { RuleLimit } from '@ds01/contracts/lifecycle';
import type { ContainerTypeValue, Policy } from '@ds01/limits';
import type { ContainerDoor, LifecycleLimits, LifecyclePolicy } from './types.ts';

/** What decides the lifecycle limits of a container. */
export interface LimitSources {
  readonly door: ContainerDoor;
  /** The owner's; where nobody is known to own it those of a user whom no group lists. */
  readonly owner: ResolvedLimits;
  readonly containerTypes: Policy['containerTypes'];
  /** `lifecycle.trust_declared_types` of the site: types whose value counts as it is. */
  readonly trustedTypes: readonly ContainerType[];
}

type TypeKey = keyof Policy['containerTypes'][ContainerType];

const hourMs = 3_600_000;
const minuteMs = 60_000;

/**
 * The one resolver of lifecycle limits, for every door. DS01's own containers have their owner's. What
 * came in by another door, and may say about itself what it likes, has key by key the smaller of its
 * type's value and the owner's (`null` being no limit), so that no declaration loosens anything; a
 * type that the site trusts has its own value, where `null` exempts. A container of nobody is of the
 * type `unknown`, whatever it says.
 */
export function resolveLifecycleLimits(sources: LimitSources): LifecycleLimits {
  const limits = sources.owner.limits;
  const idle = decide(sources, 'idle_timeout_h', ownersLimit(limits, 'idle_timeout_h'));
  const runtime = decide(sources, 'max_runtime_h', ownersLimit(limits, 'max_runtime_h'));
  const hold = 'container_hold_after_stop_h';
  const containerHold = decide(sources, hold, ownersLimit(limits, hold));
  const gpuHold = ownersLimit(limits, 'gpu_hold_after_stop_h');
  const created = ownersLimit(limits, 'policies.created_container_timeout_m');
  const grace = decide(sources, 'sigterm_grace_s', ownersLimit(limits, 'policies.sigterm_grace_s'));
  return {
    idleTimeoutMs: inMs(idle, hourMs),
    maxRuntimeMs: inMs(runtime, hourMs),
    gpuHoldMs: inMs(gpuHold, hourMs),
    containerHoldMs: inMs(containerHold, hourMs),
    createdTimeoutMs: inMs(created, minuteMs),
    stopGraceMs: inMs(grace, 1000) ?? 0,
    origins: {
      idle,
      'max-runtime': runtime,
      'gpu-hold': gpuHold,
      'container-hold': containerHold,
      'never-started': created,
    },
  };
}

/**
 * The type that decides beside the owner; `null` for containers that DS01 made, where nothing does.
 */
export function containerTypeOf(door: ContainerDoor): ContainerType | null {
  if (!door.owned) return 'unknown';
  return door.interface === 'orchestration' || door.interface === 'atomic' ? null : door.interface;
}

/** Thresholds and lead times for a container of a user. */
export function lifecyclePolicyOf(
  { limits }: ResolvedLimits,
  site: { readonly lifecycle: { readonly warning_lead_m: number } },
): LifecyclePolicy {
  const keepAliveHours = limits['policies.keepalive_max_duration_h'].value;
  return {
    gracePeriodMs: limits['policies.grace_period_m'].value * minuteMs,
    gpuIdlePercent: limits['policies.gpu_idle_threshold'].value,
    cpuIdlePercent: limits['policies.cpu_idle_threshold'].value,
    networkIdleBytes: limits['policies.network_idle_threshold'].value,
    windowSamples: Math.max(1, Math.round(limits['policies.idle_detection_window'].value)),
    warningLeadMs: site.lifecycle.warning_lead_m * minuteMs,
    keepAliveMaxMs: keepAliveHours === null ? null : keepAliveHours * hourMs,
    highDemandIdleReduction: limits['policies.high_demand_idle_reduction'].value,
  };
}

function ownersLimit(
  limits: ResolvedLimits['limits'],
  key:
    | 'idle_timeout_h'
    | 'max_runtime_h'
    | 'gpu_hold_after_stop_h'
    | 'container_hold_after_stop_h'
    | 'policies.created_container_timeout_m'
    | 'policies.sigterm_grace_s',
): RuleLimit {
  const { value, layer, file, line } = limits[key];
  return { key, value, layer, file, line };
}

function decide(sources: LimitSources, key: TypeKey, owners: RuleLimit): RuleLimit {
  const type = containerTypeOf(sources.door);
  const said = type === null ? undefined : sources.containerTypes[type][key];
  if (type === null || said === undefined) return owners;
  const types = typesLimit(type, key, said);
  if (sources.door.owned && sources.trustedTypes.includes(type)) return types;
  return (types.value ?? Infinity) < (owners.value ?? Infinity) ? types : owners;
}

function typesLimit(type: ContainerType, key: TypeKey, said: ContainerTypeValue): RuleLimit {
  const { value, file, line } = said;
  const layer = file === null ? 'built-in' : 'container-type';
  return { key: `container_types.${type}.${key}`, value, layer, file, line };
}

function inMs(limit: RuleLimit, unitMs: number): number | null {
  return limit.value === null ? null : Math.round(limit.value * unitMs);
}
