import { readFileSync } from 'node:fs';
import { ds01Error, type Ds01Error } from '@ds01/contracts';
import { systemCodeOf } from '../storage-errors.ts';
import { readMounts } from './mounts.ts';

/** Where an engine without an `engine.pid` of ours writes its process number. */
const dockerPidFile = '/run/docker.pid';

/**
 * Makes sure that the engine sees a mount with these options at `path`, in its own mount namespace.
 * The engine's process number is in `engine.pid` of its folder, else in `/run/docker.pid`. Fails
 * with `pin.not-visible`: a pin that isn't mounted there would be handed out as an empty folder.
 */
export function assertEngineSees(
  engineDirectory: string,
  path: string,
  options: readonly string[],
): void {
  const pid = enginePid([`${engineDirectory}/engine.pid`, dockerPidFile]);
  if (pid === null) throw notVisible(path, 'it is not known which process the engine is');
  const mount = mountsOf(pid, path).findLast((candidate) => candidate.path === path);
  if (mount === undefined) throw notVisible(path, `the engine (process ${pid}) does not see it`);
  const missing = options.filter((option) => !mount.options.includes(option));
  if (missing.length > 0)
    throw notVisible(path, `the engine sees it without ${missing.join(', ')}`);
}

function mountsOf(pid: number, path: string): ReturnType<typeof readMounts> {
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
    message: `The folder pinned at ${path} can't be given to the engine: ${reason}.`,
    hint: 'ds01 doctor',
    details: { path, reason },
  });
}
