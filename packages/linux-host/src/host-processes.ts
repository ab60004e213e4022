import { readFileSync } from 'node:fs';
import { containerIdSchema } from '@ds01/contracts';
import type { HostProcesses } from '@ds01/ports';

/** A container's id in a cgroup path: `/docker/<id>`, `.../docker-<id>.scope`, `/ds01/g/u/<id>`. */
const containerCgroup = /(?:^|[/-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/;

/** Tells containers' processes from the host's by their cgroup in /proc. */
export function createHostProcesses(): HostProcesses {
  return {
    containerOf: (pid) => {
      const text = readCgroups(pid);
      for (const line of text.split('\n')) {
        const path = line.slice(line.indexOf(':', line.indexOf(':') + 1) + 1);
        const id = containerCgroup.exec(path)?.[1];
        if (id !== undefined) return containerIdSchema.parse(id);
      }
      return null;
    },
  };
}

function readCgroups(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return '';
  }
}
