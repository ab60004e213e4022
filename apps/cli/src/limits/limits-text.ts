import type { RouteOutput } from '@ds01/contracts';

/** Name of the file in a person's home folder. */
export const limitsFileName = '.ds01-limits';

/** A person's limits as a file to read, or to look something up in: a name and a value a line. */
export function limitsText({ user, group, limits }: RouteOutput<'limits.show'>): string {
  const rows: readonly (readonly [string, string | number | boolean | null, string?])[] = [
    ['Max Containers', limits.max_containers_per_user.value],
    ['GPU equivalents', limits.max_gpu_equivalents.value],
    ['GPU slots per container', limits.max_gpu_slots_per_container.value],
    ['Whole GPUs', limits.allow_full_gpu.value],
    ['CPUs per container', limits.max_cpus.value],
    ['Memory per container', limits.memory.value],
    ['Shared memory per container', limits.shm_size.value],
    ['Processes per container', limits.pids_limit.value],
    ['CPUs in all', limits['aggregate.cpu_quota'].value],
    ['Memory in all', limits['aggregate.memory_max'].value],
    ['Max runtime', limits.max_runtime_h.value, ' h'],
    ['Idle timeout', limits.idle_timeout_h.value, ' h'],
    ['GPU kept after stop', limits.gpu_hold_after_stop_h.value, ' h'],
    ['Container kept after stop', limits.container_hold_after_stop_h.value, ' h'],
  ];
  const lines = rows.map(([name, value, unit = '']) => `${name}: ${valueText(value, unit)}`);
  const heading = `# Limits of ${user} (group ${group}), written by ds01; changes have no effect.`;
  return [heading, ...lines, ''].join('\n');
}

function valueText(value: string | number | boolean | null, unit: string): string {
  if (value === null) return 'no limit';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : `${value}${unit}`;
}
