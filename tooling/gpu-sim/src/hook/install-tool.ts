import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { mountsBelow } from './mount-info.ts';
import { openMountPoint } from './mount-point.ts';
import type { ContainerProcess } from './oci.ts';

/**
 * Shows a script as `nvidia-smi` in a container whose process exists but hasn't started. The script
 * is a bind mount in the container's mount namespace. Its file is deleted at once: the mount keeps
 * the content, so each container has its own and none is left behind. An image without any of the
 * usual folders gets no tool. Throws an Error with the output of `mount` if mounting fails.
 */
export const installTool = (
  { pid, rootPath }: Pick<ContainerProcess, 'pid' | 'rootPath'>,
  script: string,
  scratchDirectory: string,
): void => {
  const root = openSync(`/proc/${pid}/root${rootPath}`, constants.O_RDONLY | constants.O_DIRECTORY);
  // A number suffices as a name: no two living processes share it, and loading the library of random
  // names would cost milliseconds of each container start.
  const scriptPath = join(scratchDirectory, String(process.pid));
  try {
    const mounts = mountsBelow(readFileSync(`/proc/${pid}/mountinfo`, 'utf8'), rootPath);
    const point = openMountPoint(root, mounts);
    if (point === undefined) return;
    rmSync(scriptPath, { force: true });
    writeFileSync(scriptPath, script, { flag: 'wx' });
    chmodSync(scriptPath, 0o555);
    const { status, stderr, error } = spawnSync(
      'nsenter',
      [
        `--target=${pid}`,
        '--mount',
        '--',
        'mount',
        '--no-mtab',
        '--no-canonicalize',
        '--bind',
        scriptPath,
        `/proc/${process.pid}/fd/${point.descriptor}`,
      ],
      { encoding: 'utf8' },
    );
    closeSync(point.descriptor);
    if (status !== 0) throw new Error(`can't mount nvidia-smi: ${error?.message ?? stderr.trim()}`);
  } finally {
    closeSync(root);
    rmSync(scriptPath, { force: true });
  }
};
