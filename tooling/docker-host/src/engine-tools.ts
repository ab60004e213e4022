import { createDebianTools, type DebianTools } from '@ds01/setup';
import type { HostPaths } from './host-paths.ts';
import type { HostState } from './host-state.ts';

/** Debian packages without which no engine runs. */
export const enginePackages: readonly string[] = [
  'busybox-static',
  'docker.io',
  'iproute2',
  'iptables',
  'slirp4netns',
];

/** Environment of the host's own processes (engine, uplink): not of what people run on it. */
export function engineEnvironment(state: HostState, paths: HostPaths): NodeJS.ProcessEnv {
  const base = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: paths.root,
    LC_ALL: 'C.UTF-8',
    DS01_HOST_ID: state.id,
  };
  const environment = toolsOf(state).environment(base);
  return { ...environment, PATH: `${paths.binDirectory}:${environment['PATH'] ?? ''}` };
}

/** The unpacked Debian programs that a host was started with. */
export function toolsOf(state: HostState): DebianTools {
  return createDebianTools(state.toolsRoot);
}
