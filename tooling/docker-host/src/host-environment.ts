import { toolsOf } from './engine-tools.ts';
import { hostPaths } from './host-paths.ts';
import { hostCgroup } from './host-registry.ts';
import type { HostState } from './host-state.ts';

/** Variables that a person may have set for themselves; ours give way to theirs. */
const yielding = ['DS01_CONFIG_DIR', 'DS01_STATE_DIR', 'DS01_RUN_DIR'] as const;

/**
 * The variables that point Docker clients and DS01 at a host.
 *
 * `DS01_CONFIG_DIR`, `DS01_STATE_DIR` and `DS01_RUN_DIR` lie in the host's folder, so that trying
 * things out touches nothing of the machine; where `current` has one of them set to a place that isn't
 * another host's (`DS01_HOST_ROOT` names that), it is left out of the result.
 */
export function hostEnvironment(
  state: HostState,
  current: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  const paths = hostPaths(state.root);
  const previousRoot = current['DS01_HOST_ROOT'];
  const isOwn = (name: string): boolean => {
    const value = current[name];
    if (value === undefined || value === '') return false;
    return previousRoot === undefined || !value.startsWith(`${previousRoot}/`);
  };
  const all = {
    DOCKER_HOST: `unix://${paths.socket}`,
    DS01_NVIDIA_SMI: state.nvidiaSmi,
    DS01_KERNEL_LOG: paths.kernelLog,
    DS01_ENGINE_DIR: paths.engineDirectory,
    DS01_CGROUP_ROOT: hostCgroup(state.name),
    DS01_CONFIG_DIR: paths.configDirectory,
    DS01_STATE_DIR: paths.stateDirectory,
    DS01_RUN_DIR: paths.runDirectory,
    DS01_IPTABLES_PATH: `${paths.binDirectory}:/usr/sbin:/sbin`,
    DS01_HOST_ROOT: state.root,
    DS01_DOCKER: toolsOf(state).find('docker') ?? 'docker',
  };
  const kept = Object.entries(all).filter(
    ([name]) => !(yielding.some((other) => other === name) && isOwn(name)),
  );
  return Object.fromEntries(kept);
}

/** The variables as lines that a POSIX shell can `eval`. */
export function renderShellLines(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'\n`)
    .join('');
}
