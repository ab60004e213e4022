import type { ContainerId } from '@ds01/contracts';
import type { HostProcess, HostProcesses } from '@ds01/ports';

/** Processes of containers and of the host by their pids; what is ended goes from the first map. */
export function createFakeProcesses(
  containerPids: Map<number, ContainerId>,
  hostProcesses: ReadonlyMap<number, HostProcess>,
): HostProcesses {
  return {
    containerOf: (pid) => containerPids.get(pid) ?? null,
    describe: (pid) => hostProcesses.get(pid) ?? null,
    ofContainers(ids) {
      const found = new Map<ContainerId, number[]>();
      for (const [pid, id] of containerPids) {
        if (ids.has(id)) found.set(id, [...(found.get(id) ?? []), pid]);
      }
      return found;
    },
    async endLeftBehind(id) {
      for (const [pid, container] of containerPids) if (container === id) containerPids.delete(pid);
      return [];
    },
  };
}
