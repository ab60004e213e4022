import { fileURLToPath } from 'node:url';
import { createDaemonCgroups } from './cgroups.ts';
import type { HostState } from './host-state.ts';
import { hostCgroup } from './host-registry.ts';

/** Absolute path of a script of this package. */
export function scriptPath(name: 'hold.sh' | 'join.sh' | 'accounts.sh'): string {
  return fileURLToPath(new URL(`../scripts/${name}`, import.meta.url));
}

/**
 * Arguments, for `/bin/sh`, that run a command inside the host's own cgroup folders, which are made
 * if missing.
 */
export function inHostCgroup(state: HostState, command: readonly string[]): readonly string[] {
  const folders = createDaemonCgroups(hostCgroup(state.name));
  return [scriptPath('join.sh'), String(folders.length), ...folders, ...command];
}
