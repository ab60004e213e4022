import { z } from 'zod';
import { groupNameSchema, usernameSchema } from './names.ts';

/**
 * Where a limit's value comes from, weakest first: the program, the `defaults` (and top-level
 * `policies`) of resource-limits.yaml, the user's group, the user's own override.
 */
export const limitLayerSchema = z.enum(['built-in', 'defaults', 'group', 'override']);
/** Where a limit's value comes from. See {@link limitLayerSchema}. */
export type LimitLayer = z.infer<typeof limitLayerSchema>;

const provenance = {
  layer: limitLayerSchema,
  /** The file as it was given to the loader; `null` for built-in values. */
  file: z.string().nullable(),
  /** Line of the key, from 1; `null` for built-in values. */
  line: z.int().positive().nullable(),
};

const flag = z.object({ value: z.boolean(), ...provenance });
const number = z.object({ value: z.number().nonnegative(), ...provenance });
const optionalNumber = z.object({ value: z.number().nonnegative().nullable(), ...provenance });
/** Sizes keep what the file says: `32g`, or a plain number of bytes. */
const size = z.object({ value: z.union([z.string(), z.number()]), ...provenance });
const optionalSize = z.object({
  value: z.union([z.string(), z.number()]).nullable(),
  ...provenance,
});
const optionalText = z.object({ value: z.string().nullable(), ...provenance });

/**
 * Every limit of one user under the name and in the unit that resource-limits.yaml uses, nested
 * ones dotted. `null` is no limit; 0 is zero. Durations are numbers in the unit of the key's suffix
 * (`_h`, `_m`, `_s`), sizes and rates are texts such as `32g` or numbers of bytes.
 */
export const resolvedLimitValuesSchema = z.strictObject({
  max_gpu_equivalents: optionalNumber,
  max_gpu_slots_per_container: optionalNumber,
  allow_full_gpu: flag,
  gpu_memory: optionalSize,
  priority: number,
  max_cpus: optionalNumber,
  memory: optionalSize,
  memory_swap: optionalSize,
  shm_size: size,
  pids_limit: optionalNumber,
  max_tasks: optionalNumber,
  io_read_bps: optionalSize,
  io_write_bps: optionalSize,
  ulimit_nofile: optionalText,
  storage_tmp: optionalSize,
  storage_workspace: optionalSize,
  storage_data: optionalSize,
  storage_container: optionalSize,
  max_containers_per_user: optionalNumber,
  max_runtime_h: optionalNumber,
  idle_timeout_h: optionalNumber,
  gpu_hold_after_stop_h: optionalNumber,
  container_hold_after_stop_h: optionalNumber,
  'aggregate.cpu_quota': optionalText,
  'aggregate.memory_max': optionalSize,
  'aggregate.memory_high': optionalSize,
  'aggregate.tasks_max': optionalNumber,
  'aggregate.gpu_limit': optionalNumber,
  'policies.high_demand_threshold': number,
  'policies.high_demand_idle_reduction': number,
  'policies.gpu_idle_threshold': number,
  'policies.cpu_idle_threshold': number,
  'policies.network_idle_threshold': number,
  'policies.idle_detection_window': number,
  'policies.sigterm_grace_s': number,
  'policies.grace_period_m': number,
  'policies.created_container_timeout_m': optionalNumber,
  'policies.keepalive_max_duration_h': optionalNumber,
  'policies.soft_limit_threshold': number,
  'policies.checkpoint_warning': flag,
});
/** Every limit of one user. See {@link resolvedLimitValuesSchema}. */
export type ResolvedLimitValues = z.infer<typeof resolvedLimitValuesSchema>;

/** Name of a limit, nested ones dotted (`aggregate.memory_max`). */
export const limitKeySchema = resolvedLimitValuesSchema.keyof();
/** Name of a limit. See {@link limitKeySchema}. */
export type LimitKey = z.infer<typeof limitKeySchema>;

/** A limit's value in the file's own unit; `null` is no limit. */
export type LimitValue = ResolvedLimitValues[LimitKey]['value'];

/** One user's limits with the origin of each, as `ds01 limits show --json` prints them. */
export const resolvedLimitsSchema = z.object({
  user: usernameSchema,
  group: groupNameSchema,
  limits: resolvedLimitValuesSchema,
});
/** One user's limits. See {@link resolvedLimitsSchema}. */
export type ResolvedLimits = z.infer<typeof resolvedLimitsSchema>;

/** Stable names of what can be wrong in a configuration file. */
export const configProblemCodeSchema = z.enum([
  'config.yaml-syntax',
  'config.duplicate-key',
  'config.unknown-key',
  'config.obsolete-key',
  'config.deprecated-key',
  'config.wrong-shape',
  'config.invalid-value',
  'config.conflicting-values',
  'config.invalid-name',
  'config.unknown-group',
  'config.several-groups',
  'config.several-overrides',
  'config.missing-file',
  'config.unreadable-file',
]);
/** Stable name of what is wrong. See {@link configProblemCodeSchema}. */
export type ConfigProblemCode = z.infer<typeof configProblemCodeSchema>;

/**
 * One finding in a configuration file. An `error` keeps the file from taking effect, a `warning`
 * says that something probably isn't meant, a `notice` that something has no effect any more.
 */
export const configProblemSchema = z.object({
  severity: z.enum(['error', 'warning', 'notice']),
  code: configProblemCodeSchema,
  /** One sentence for people. */
  message: z.string(),
  /** The file as it was given to the loader. */
  file: z.string(),
  /** From 1; 1 also for a file that is empty, missing or unreadable. */
  line: z.int().positive(),
  /** From 1. */
  column: z.int().positive(),
  /** What is written there. */
  found: z.string(),
  /** What may be written there. */
  allowed: z.string(),
  /** The nearest known name; `null` when none is near. */
  suggestion: z.string().nullable(),
});
/** One finding in a configuration file. See {@link configProblemSchema}. */
export type ConfigProblem = z.infer<typeof configProblemSchema>;
