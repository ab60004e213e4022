import { limitKeySchema, resolvedLimitsSchema, slugOf } from '@ds01/contracts';
import type {
  ConfigProblem,
  GroupName,
  LimitKey,
  LimitLayer,
  LimitValue,
  ResolvedLimits,
  Slug,
  Username,
} from '@ds01/contracts';
import { findGroup, severalGroups } from './groups.ts';
import type { LimitLayerValues } from './layer.ts';
import { limitKeySpecs } from './limit-keys.ts';
import type { Policy } from './policy.ts';
import { bytesOf } from './value-kinds.ts';

/** A user's limits, and what is odd about them. */
export interface UserLimits {
  readonly resolved: ResolvedLimits;
  /** Findings that concern this user: listed in several groups, a swap limit below the memory's. */
  readonly warnings: readonly ConfigProblem[];
}

interface Resolved {
  readonly value: LimitValue;
  readonly layer: LimitLayer;
  readonly file: string | null;
  readonly line: number | null;
}

/** The group that a user belongs to, whether an override names them or not. */
export function groupOf(
  policy: Policy,
  user: Username,
  options: { readonly slug?: Slug } = {},
): GroupName {
  return findGroup(policy, user, options.slug ?? slugOf(user)).name;
}

/**
 * One user's limits, each with the layer, file and line that set it: built-in defaults, then
 * `defaults`, the user's group, the user's override and the temporary overrides that hold at `nowMs`
 * (none without it), key by key. Works for any name, listed anywhere or not; the name counts before
 * the slug.
 *
 * Derived values keep the origin of what they derive from: without `aggregate.tasks_max` it is
 * `max_tasks`; a `memory_swap` below `memory` from another layer is raised to it; with
 * `enforcement.aggregate_limits: false` the aggregate's CPU, memory and task limits are none.
 */
export function resolveLimits(
  policy: Policy,
  user: Username,
  options: { readonly slug?: Slug; readonly nowMs?: number } = {},
): UserLimits {
  const slug = options.slug ?? slugOf(user);
  const { name, group } = findGroup(policy, user, slug);
  const override = policy.overrides.get(user) ?? policy.overrides.get(slug);
  const temporary = policy.temporaryOverrides
    .filter((entry) => entry.user === user || entry.user === slug)
    .filter(({ untilMs }) => options.nowMs !== undefined && options.nowMs < untilMs)
    .toReversed();
  const layers: readonly (readonly [LimitLayer, LimitLayerValues | undefined])[] = [
    ...temporary.map(({ values }) => ['override', values] as const),
    ['override', override],
    ['group', group?.values],
    ['defaults', policy.defaults],
  ];
  const limits = new Map<LimitKey, Resolved>();
  for (const key of limitKeySchema.options) limits.set(key, resolveKey(key, layers));
  const warnings = [
    ...severalGroups(policy.groups, [user, ...(slug === String(user) ? [] : [slug])]),
    ...raiseSwap(limits),
  ];
  deriveTasks(limits);
  if (policy.aggregateLimitsOff !== null) switchOff(limits, policy.aggregateLimitsOff);
  const resolved = resolvedLimitsSchema.parse({
    user,
    group: name,
    limits: Object.fromEntries(limits),
  });
  return { resolved, warnings };
}

function resolveKey(
  key: LimitKey,
  layers: readonly (readonly [LimitLayer, LimitLayerValues | undefined])[],
): Resolved {
  for (const [layer, values] of layers) {
    const given = values?.get(key);
    if (given !== undefined) {
      return { value: given.value, layer, file: given.file, line: given.line };
    }
  }
  return { value: limitKeySpecs[key].builtIn, layer: 'built-in', file: null, line: null };
}

function sizeBytes(value: LimitValue | undefined): number {
  return value === null || value === undefined ? Infinity : (bytesOf(String(value)) ?? Infinity);
}

/** The engine refuses a swap limit (memory and swap together) below the memory limit. */
function raiseSwap(limits: Map<LimitKey, Resolved>): ConfigProblem[] {
  const memory = limits.get('memory');
  const swap = limits.get('memory_swap');
  if (memory === undefined || swap === undefined) return [];
  if (sizeBytes(swap.value) >= sizeBytes(memory.value)) return [];
  limits.set('memory_swap', memory);
  const allowed = `at least ${memory.value ?? 'no limit'}, the value of memory`;
  // A built-in value that gives way is what the file's author expects.
  if (swap.file === null || swap.line === null) return [];
  return [
    {
      severity: 'warning',
      code: 'config.conflicting-values',
      message: `memory_swap ${swap.value} (${swap.file} line ${swap.line}) is below memory ${memory.value ?? 'without limit'} and was raised to it.`,
      file: swap.file,
      line: swap.line,
      column: 1,
      found: String(swap.value),
      allowed,
      suggestion: null,
    },
  ];
}

function deriveTasks(limits: Map<LimitKey, Resolved>): void {
  const tasks = limits.get('max_tasks');
  if (limits.get('aggregate.tasks_max')?.layer === 'built-in' && tasks !== undefined) {
    limits.set('aggregate.tasks_max', tasks);
  }
}

function switchOff(
  limits: Map<LimitKey, Resolved>,
  origin: { readonly file: string; readonly line: number },
): void {
  for (const key of [
    'aggregate.cpu_quota',
    'aggregate.memory_max',
    'aggregate.memory_high',
    'aggregate.tasks_max',
  ] as const) {
    limits.set(key, { value: null, layer: 'defaults', ...origin });
  }
}
