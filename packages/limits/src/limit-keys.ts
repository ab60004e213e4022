import { limitKeySchema } from '@ds01/contracts';
import type { LimitKey, LimitValue } from '@ds01/contracts';
import {
  byteCount,
  cpuQuota,
  duration,
  flag,
  integer,
  number,
  openFiles,
  size,
} from './value-kinds.ts';
import type { ValueKind } from './value-kinds.ts';

/** All that is known about one key. */
export interface LimitKeySpec {
  readonly kind: ValueKind;
  /** Value of the built-in layer: what the predecessor's shipped `defaults` and `policies` say. */
  readonly builtIn: LimitValue;
  /** Former names, the first one present counts. */
  readonly aliases?: readonly string[];
}

const mebibyte = 1024 ** 2;
/** The engine refuses less than 6 MiB. */
const containerMemory = size({ minimumBytes: 6 * mebibyte });
const optionalSize = size();

/**
 * Every limit that a user can have. 0 is refused where the engine or the kernel would read it as
 * "no limit" (CPUs, memory, tasks, rates, tmpfs).
 */
export const limitKeySpecs: Readonly<Record<LimitKey, LimitKeySpec>> = {
  max_gpu_equivalents: {
    kind: number(0, 10_000, true),
    builtIn: 1,
    aliases: ['max_gpu_slots', 'max_gpus_per_user', 'max_mig_instances'],
  },
  max_gpu_slots_per_container: {
    kind: integer(0, 1024, true),
    builtIn: 1,
    aliases: ['max_gpus_per_container', 'max_mig_per_container'],
  },
  allow_full_gpu: { kind: flag, builtIn: true },
  gpu_memory: { kind: optionalSize, builtIn: null },
  priority: { kind: integer(0, 1000), builtIn: 10 },
  max_cpus: { kind: number(0.01, 10_000, true), builtIn: 32, aliases: ['cpus'] },
  memory: { kind: containerMemory, builtIn: '32g' },
  memory_swap: { kind: containerMemory, builtIn: '32g' },
  shm_size: { kind: size({ minimumBytes: mebibyte / 16, unlimited: false }), builtIn: '16g' },
  pids_limit: { kind: integer(1, 4_194_304, true), builtIn: 4096 },
  max_tasks: { kind: integer(1, 100_000_000, true), builtIn: 32_768 },
  io_read_bps: { kind: optionalSize, builtIn: null },
  io_write_bps: { kind: optionalSize, builtIn: null },
  ulimit_nofile: { kind: openFiles, builtIn: null },
  storage_tmp: { kind: optionalSize, builtIn: null },
  storage_workspace: { kind: size({ minimumBytes: 0 }), builtIn: null },
  storage_data: { kind: size({ minimumBytes: 0 }), builtIn: null },
  storage_container: { kind: size({ minimumBytes: 0 }), builtIn: null },
  max_containers_per_user: { kind: integer(0, 100_000, true), builtIn: 3 },
  max_runtime_h: { kind: duration('h', true), builtIn: 24 },
  idle_timeout_h: { kind: duration('h', true), builtIn: 0.5 },
  gpu_hold_after_stop_h: { kind: duration('h', true), builtIn: 0.25 },
  container_hold_after_stop_h: { kind: duration('h', true), builtIn: 0.5 },
  'aggregate.cpu_quota': { kind: cpuQuota, builtIn: null },
  'aggregate.memory_max': { kind: containerMemory, builtIn: null },
  'aggregate.memory_high': { kind: containerMemory, builtIn: null },
  'aggregate.tasks_max': { kind: integer(1, 100_000_000, true), builtIn: null },
  'aggregate.gpu_limit': { kind: number(0, 10_000, true), builtIn: null },
  'policies.high_demand_threshold': { kind: number(0, 1), builtIn: 0.8 },
  'policies.high_demand_idle_reduction': { kind: number(0, 1), builtIn: 0.5 },
  'policies.gpu_idle_threshold': { kind: number(0, 100), builtIn: 5 },
  'policies.cpu_idle_threshold': { kind: number(0, 1_000_000), builtIn: 2 },
  'policies.network_idle_threshold': { kind: byteCount, builtIn: 1_048_576 },
  'policies.idle_detection_window': { kind: integer(1, 1000), builtIn: 3 },
  'policies.sigterm_grace_s': { kind: duration('s'), builtIn: 60 },
  'policies.grace_period_m': { kind: duration('m'), builtIn: 30 },
  'policies.created_container_timeout_m': { kind: duration('m', true), builtIn: 30 },
  'policies.keepalive_max_duration_h': { kind: duration('h', true), builtIn: 24 },
  'policies.soft_limit_threshold': { kind: number(0, 1), builtIn: 0.8 },
  'policies.checkpoint_warning': { kind: flag, builtIn: true },
};

/** Every limit key in the order of the documentation. */
export const limitKeys: readonly LimitKey[] = limitKeySchema.options;

/** Keys of the predecessor's `policies` that are read and have no effect. */
export const obsoletePolicyKeys: readonly string[] = [
  'gpu_hold_after_manual_stop_m',
  'auto_stop_idle',
  'require_workspace_mount',
  'enforce_storage_quotas',
  'graceful_errors',
  'suggest_alternatives',
];
