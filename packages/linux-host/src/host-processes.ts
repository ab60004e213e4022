import { readFileSync } from 'node:fs';
import { containerIdSchema } from '@ds01/contracts';
import type { HostProcesses } from '@ds01/ports';
import { systemCodeOf } from './storage-errors.ts';

/**
 * Processes by their cgroups (`/proc/<pid>/cgroup`, cgroups(7)): the engine's folder is called
 * `<container id>` under the cgroupfs driver, `docker-<container id>.scope` under systemd's.
 */
export function createHostProcesses(): HostProcesses {
  return {
    containerOf(pid) {
      const text = readCgroups(pid);
      const id = text === null ? undefined : containerIdIn(text);
      return id === undefined ? null : containerIdSchema.parse(id);
    },
  };
}

/** The outermost container in the text of `/proc/<pid>/cgroup`; `undefined` when there is none. */
export function containerIdIn(text: string): string | undefined {
  return /[/-]([0-9a-f]{64})(?:\.scope)?(?:\/|$)/m.exec(text)?.[1];
}

function readCgroups(pid: number): string | null {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch (error) {
    const code = systemCodeOf(error);
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return null;
    throw error;
  }
}
