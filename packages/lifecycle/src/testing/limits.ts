import { limitKeySchema, resolvedLimitsSchema, resolvedLimitValuesSchema } from '@ds01/contracts';
import type { ContainerType, LimitKey, LimitValue, ResolvedLimits } from '@ds01/contracts';
import type { ContainerTypeLimits, ContainerTypeValue, Policy } from '@ds01/limits';

/** The predecessor's shipped values that lifecycles go by. */
const shipped: Readonly<Partial<Record<LimitKey, LimitValue>>> = {
  idle_timeout_h: 0.5,
  max_runtime_h: 24,
  gpu_hold_after_stop_h: 0.25,
  container_hold_after_stop_h: 0.5,
  'policies.high_demand_threshold': 0.8,
  'policies.high_demand_idle_reduction': 0.5,
  'policies.gpu_idle_threshold': 5,
  'policies.cpu_idle_threshold': 2,
  'policies.network_idle_threshold': 1_048_576,
  'policies.idle_detection_window': 3,
  'policies.sigterm_grace_s': 60,
  'policies.grace_period_m': 30,
  'policies.created_container_timeout_m': 30,
  'policies.keepalive_max_duration_h': 24,
};

/** A user's limits: the shipped ones, and those given as line 7 of a file. */
export function userLimits(
  given: Readonly<Partial<Record<LimitKey, LimitValue>>> = {},
): ResolvedLimits {
  const known = { ...shipped, ...given };
  const limits = limitKeySchema.options.map((key) => {
    const origin =
      key in given
        ? { layer: 'group', file: 'resource-limits.yaml', line: 7 }
        : { layer: 'built-in', file: null, line: null };
    const schema = resolvedLimitValuesSchema.shape[key];
    const candidates = key in known ? [known[key]] : [null, 0, true, '1g'];
    const value = candidates.find((one) => schema.safeParse({ value: one, ...origin }).success);
    return [key, { value, ...origin }] as const;
  });
  return resolvedLimitsSchema.parse({
    user: 'alice',
    group: 'student',
    limits: Object.fromEntries(limits),
  });
}

function typeOf(
  values: readonly [number | null, number | null, number, (number | null)?],
  origin: Pick<ContainerTypeValue, 'file' | 'line'> = { file: null, line: null },
): ContainerTypeLimits {
  const [idle, runtime, grace, hold] = values;
  return {
    idle_timeout_h: { value: idle, ...origin },
    max_runtime_h: { value: runtime, ...origin },
    sigterm_grace_s: { value: grace, ...origin },
    container_hold_after_stop_h: hold === undefined ? undefined : { value: hold, ...origin },
  };
}

type TypeValues = Parameters<typeof typeOf>[0];

/** `container_types` as shipped, and those given (idle, runtime, grace, hold) as line 9 of a file. */
export function containerTypesWith(
  given: Readonly<Partial<Record<ContainerType, TypeValues>>> = {},
): Policy['containerTypes'] {
  const origin = { file: 'resource-limits.yaml', line: 9 };
  const type = (name: ContainerType, values: TypeValues) =>
    given[name] === undefined ? typeOf(values) : typeOf(given[name], origin);
  return {
    devcontainer: type('devcontainer', [null, 168, 30]),
    compose: type('compose', [0.5, 72, 45]),
    docker: type('docker', [0.5, 48, 60]),
    api: type('api', [null, 24, 30]),
    unknown: type('unknown', [0.25, 24, 30]),
  };
}
