import { containerIdSchema, ds01Error, type ContainerId } from '@ds01/contracts';
import type { createInMemoryEngine } from '@ds01/docker-engine';

type MemoryEngine = ReturnType<typeof createInMemoryEngine>;

/** What the host learns from an engine. */
export interface EngineWatcher {
  /** A container's process is over. */
  readonly ended: (id: ContainerId) => void;
  /** Whether a bind's source is there. */
  readonly isPath: (path: string) => boolean;
  /** A container starts below this parent cgroup. */
  readonly parentUsed: (parent: string) => void;
}

/**
 * The engine with what the kernel knows beside it: which parent cgroups have running containers and
 * whose process is over. Starting with a bind whose source is gone fails, as a real engine does.
 */
export function watchProcesses(
  engine: MemoryEngine,
  watcher: EngineWatcher,
): {
  readonly engine: MemoryEngine;
  readonly parents: () => ReadonlySet<string>;
  readonly runningIds: () => readonly string[];
} {
  const running = new Map<string, string>();
  const ended = (id: ContainerId): void => {
    running.delete(id);
    watcher.ended(id);
  };
  const watched: MemoryEngine = {
    ...engine,
    async startContainer(id, options) {
      const details = await engine.inspectContainer(id);
      const absent = details.mounts.find(({ source }) => !watcher.isPath(source));
      if (absent !== undefined) {
        throw ds01Error('engine.error', {
          message: `error while creating mount source path '${absent.source}'`,
        });
      }
      await engine.startContainer(id, options);
      if (details.state === 'running') return;
      watcher.parentUsed(details.cgroupParent);
      running.set(details.id, details.cgroupParent);
    },
    async stopContainer(id, options) {
      await engine.stopContainer(id, options);
      ended(id);
    },
    async killContainer(id, signal) {
      await engine.killContainer(id, signal);
      ended(id);
    },
    async removeContainer(id, options) {
      await engine.removeContainer(id, options);
      ended(id);
    },
    crash(id, exitCode) {
      engine.crash(id, exitCode);
      ended(containerIdSchema.parse(id));
    },
  };
  return {
    engine: watched,
    parents: () => new Set(running.values()),
    runningIds: () => [...running.keys()],
  };
}
