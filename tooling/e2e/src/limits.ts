/** Limits as a site writes them: keys of `resource-limits.yaml`. */
export type LimitValues = Readonly<Record<string, unknown>>;

/** Small enough for a test machine, with no quota that a test didn't ask for. */
const roomy: LimitValues = {
  max_gpu_equivalents: null,
  max_gpu_slots_per_container: null,
  max_containers_per_user: null,
  max_cpus: 1,
  memory: '128m',
  memory_swap: '128m',
  shm_size: '16m',
  pids_limit: 128,
  gpu_hold_after_stop_h: 1,
};

/**
 * A configuration folder whose defaults are roomy, save for what is given. Containers that ignore
 * SIGTERM (an idle shell does) are killed after a second. YAML is a superset of JSON.
 */
export function configWith(
  limits: LimitValues = {},
  siteYaml = '',
): Readonly<Record<string, string>> {
  const file = {
    defaults: { ...roomy, ...limits },
    policies: { sigterm_grace_s: 1 },
    default_group: 'student',
    groups: { student: { members: [] } },
  };
  return {
    'resource-limits.yaml': `${JSON.stringify(file, null, 2)}\n`,
    ...(siteYaml === '' ? {} : { 'ds01.yaml': siteYaml }),
  };
}
