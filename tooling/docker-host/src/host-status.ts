import { findHostRoot } from './host-registry.ts';
import { readHostState } from './host-state.ts';
import { isAlive } from './processes.ts';

/** What `docker-host status` prints. */
export interface HostStatus {
  readonly name: string;
  /** `broken`: some of its processes are gone; start or stop cleans up. */
  readonly state: 'absent' | 'running' | 'broken';
  readonly root?: string;
  readonly gpus?: string;
  readonly gate?: string;
  readonly daemonPid?: number;
}

/** Says whether the named host runs. */
export function hostStatus(name: string): HostStatus {
  const root = findHostRoot(name);
  if (root === undefined) return { name, state: 'absent' };
  const host = readHostState(root);
  if (host === undefined) return { name, state: 'broken', root };
  const runs = [host.holder, host.uplink, host.daemon].every((process) => isAlive(process));
  return {
    name,
    state: runs ? 'running' : 'broken',
    root,
    gpus: host.options.gpus,
    gate: host.options.gate,
    ...(isAlive(host.daemon) ? { daemonPid: host.daemon.pid } : {}),
  };
}
