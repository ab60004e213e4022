import type { LimitKey } from '@ds01/contracts';

/** What each limit means to the person who has it. */
export const limitTexts: Readonly<Record<LimitKey, string>> = {
  max_gpu_equivalents:
    'GPUs that a user may hold at once, over all containers; a MIG instance counts as its share',
  max_gpu_slots_per_container: 'GPUs or MIG instances in one container',
  allow_full_gpu: 'whether whole GPUs are given out, or MIG instances only',
  gpu_memory: 'least memory of a GPU that is given without asking for one',
  priority: 'order in a queue; checked and shown, not used by this version',
  max_cpus: 'CPUs of one container',
  memory: 'memory of one container; what takes more is killed',
  memory_swap: 'memory and swap together',
  shm_size: 'size of `/dev/shm`, which data loaders use',
  pids_limit: 'processes and threads in one container',
  max_tasks:
    'processes and threads of all containers together, where `aggregate.tasks_max` is not set',
  io_read_bps: 'bytes a second read from the disk',
  io_write_bps: 'bytes a second written to the disk',
  ulimit_nofile: 'open files: one number, or `soft:hard`',
  storage_tmp: 'size of `/tmp`, which is then kept in memory',
  storage_workspace:
    'space that a person’s own files take in all their workspaces; measured and warned of, not enforced',
  storage_data:
    'the same of all other folders that their containers write to; measured and warned of, not enforced',
  storage_container:
    'space of what a running container of DS01 wrote outside of mounted folders; measured, and what stays ' +
    'larger for `lifecycle.warning_lead_m` after a warning is stopped',
  max_containers_per_user: 'containers that a user may have, stopped ones included',
  max_runtime_h:
    'how long a container with a GPU may run, all its runs together; frozen time does not count',
  idle_timeout_h: 'how long a container with a GPU may do nothing',
  gpu_hold_after_stop_h: 'how long a stopped container keeps its GPU',
  container_hold_after_stop_h:
    'how long a stopped container stays; what it changed is kept as an image for a while after that',
  'aggregate.cpu_quota': 'CPUs of all containers together, `400%` is four',
  'aggregate.memory_max': 'memory of all containers together',
  'aggregate.memory_high': 'from here on they are slowed down (cgroup v2 only)',
  'aggregate.tasks_max': 'processes and threads of all containers together',
  'aggregate.gpu_limit': 'a second cap like `max_gpu_equivalents`; the smaller one counts',
  'policies.high_demand_threshold': 'share of GPUs in use from which demand counts as high',
  'policies.high_demand_idle_reduction': 'factor on the idle timeout while demand is high',
  'policies.gpu_idle_threshold': 'GPU use in percent below which a GPU is idle',
  'policies.cpu_idle_threshold':
    'CPU use in percent up to which a container is idle; 100 is one CPU',
  'policies.network_idle_threshold':
    'bytes in a window, both ways, up to which the network is idle',
  'policies.idle_detection_window':
    'samples that are looked at together; one is taken every 30 s, or 20 in a shorter timeout',
  'policies.sigterm_grace_s':
    'time that a container gets to end by itself, and its hook before that',
  'policies.grace_period_m': 'time after each start that does not count as idle',
  'policies.created_container_timeout_m': 'how long a container may wait for its first start',
  'policies.keepalive_max_duration_h': 'longest time that an owner may postpone the idle stop',
  'policies.soft_limit_threshold':
    'share of a limit from which it counts as nearly used up: on space its owner is told once, the bars of ' +
    '`check-limits` say so, and `ds01-admin dashboard` lists it for GPUs, containers, memory of all ' +
    'containers and space; nothing is refused for it',
  'policies.checkpoint_warning':
    'whether `.ds01/on-stop` of the workspace is run before a rule stops a container; warnings are given anyway',
};

/** A section of the page. */
export interface LimitGroup {
  readonly title: string;
  readonly intro: string | null;
  readonly includes: (key: LimitKey) => boolean;
}

const lifetime: readonly LimitKey[] = [
  'max_runtime_h',
  'idle_timeout_h',
  'gpu_hold_after_stop_h',
  'container_hold_after_stop_h',
];
const gpu: readonly LimitKey[] = [
  'max_gpu_equivalents',
  'max_gpu_slots_per_container',
  'allow_full_gpu',
  'gpu_memory',
  'priority',
];
const together: readonly LimitKey[] = ['max_containers_per_user', 'max_tasks'];
const space: readonly LimitKey[] = ['storage_workspace', 'storage_data', 'storage_container'];
const isNested = (key: LimitKey): boolean => key.includes('.');

/** The sections of the page; each key belongs to exactly one. */
export const limitGroups: readonly LimitGroup[] = [
  { title: 'GPUs', intro: null, includes: (key) => gpu.includes(key) },
  {
    title: 'One container',
    intro: null,
    includes: (key) =>
      !isNested(key) && ![...gpu, ...lifetime, ...together, ...space].includes(key),
  },
  {
    title: 'Space',
    intro:
      'These are measured by the daemon, ' +
      'each about every six hours, and only where there is one. This version sets up no quotas: not in the ' +
      'file systems, and not in the engine (`--storage-opt`). Somebody can fill a disk between two looks; set ' +
      'up quotas of the file system yourself where that must not be.',
    includes: (key) => space.includes(key),
  },
  {
    title: 'All containers of a user',
    intro:
      'CPUs, memory and processes are limited by the kernel, in a group that all containers of the ' +
      'user belong to. A container that would get more CPUs or memory than this gets this much, and ' +
      'is told so.',
    includes: (key) => key.startsWith('aggregate.') || together.includes(key),
  },
  {
    title: 'Lifetime',
    intro:
      'Containers with a GPU are temporary, whatever door they came in by; one without a GPU may run for ' +
      'ever, and is removed after `container_hold_after_stop_h` if DS01 made it. A warning comes before ' +
      'every stop. For what DS01 did not make, the smaller of these and of `container_types` counts, but ' +
      'for types in `lifecycle.trust_declared_types`. The rules need the daemon; without it only ' +
      '`gpu_hold_after_stop_h` is applied, by the next command.',
    includes: (key) => lifetime.includes(key),
  },
  {
    title: 'Policies',
    intro:
      'How the rules above decide. Those of the owner count for a container; `high_demand_threshold` is ' +
      'the same for everybody: that of somebody whom no group lists.',
    includes: (key) => key.startsWith('policies.'),
  },
];
