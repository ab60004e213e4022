import { readFileSync, statSync } from 'node:fs';
import { ds01Error, type Ds01Error } from '@ds01/contracts';
import { systemCodeOf } from '../storage-errors.ts';
import { readMounts, type MountEntry } from './mounts.ts';

/** Where an engine without an `engine.pid` of ours writes its process number. */
const dockerPidFile = '/run/docker.pid';

/** What the engine has at places of ours, in its own mount namespace. */
export interface EngineView {
  /** The mount at a path that is on top; undefined when nothing is mounted there. */
  mountAt(path: string): MountEntry | undefined;
  /** Whether the engine has this process's own file at the path. */
  hasFile(path: string): boolean;
  /** Fails with `pin.not-visible` unless the engine has a mount with these options at the path. */
  assertMount(path: string, options: readonly string[]): void;
  /** Fails with `pin.not-visible` unless {@link EngineView.hasFile}. */
  assertFile(path: string): void;
}

/**
 * Looks at the mounts of the engine's process, whose number is in `engine.pid` of its folder, else
 * in `/run/docker.pid`. Fails with `pin.not-visible` when there is none or it can't be asked: a pin
 * that isn't mounted there would be handed out as an empty folder.
 */
export function viewOfEngine(engineDirectory: string): EngineView {
  const pid = enginePid([`${engineDirectory}/engine.pid`, dockerPidFile]);
  if (pid === null)
    throw notVisible(engineDirectory, 'it is not known which process the engine is');
  const mounts = mountsOf(pid, engineDirectory);
  const mountAt = (path: string) => mounts.findLast((candidate) => candidate.path === path);
  const hasFile = (path: string): boolean => {
    const [own, seen] = [path, `/proc/${pid}/root${path}`].map((place) =>
      statSync(place, { throwIfNoEntry: false }),
    );
    return own?.isFile() === true && own.dev === seen?.dev && own.ino === seen.ino;
  };
  return {
    mountAt,
    hasFile,
    assertMount(path, options) {
      const mount = mountAt(path);
      if (mount === undefined)
        throw notVisible(path, `the engine (process ${pid}) does not see it`);
      const missing = options.filter((option) => !mount.options.includes(option));
      if (missing.length > 0)
        throw notVisible(path, `the engine sees it without ${missing.join(', ')}`);
    },
    assertFile(path) {
      if (!hasFile(path)) throw notVisible(path, `the engine (process ${pid}) does not see it`);
    },
  };
}

function mountsOf(pid: number, path: string): readonly MountEntry[] {
  try {
    return readMounts(pid);
  } catch (error) {
    throw notVisible(path, `the engine's process ${pid} can't be asked (${systemCodeOf(error)})`);
  }
}

function enginePid(files: readonly string[]): number | null {
  for (const file of files) {
    const text = readIfThere(file)?.trim() ?? '';
    if (/^[1-9]\d*$/.test(text)) return Number(text);
  }
  return null;
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function notVisible(path: string, reason: string): Ds01Error {
  return ds01Error('pin.not-visible', {
    message: `What is pinned at ${path} can't be given to the engine: ${reason}.`,
    hint: 'ds01 doctor',
    details: { path, reason },
  });
}
