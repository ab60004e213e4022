import { readFileSync } from 'node:fs';
import { runCommand } from '@ds01/setup';

/** A line of /proc/self/mountinfo, as far as it is needed here. */
export interface Mount {
  readonly mountPoint: string;
  readonly isShared: boolean;
}

/** The mounts of this process's mount namespace, in the order in which they were made. */
function listMounts(): readonly Mount[] {
  return parseMountinfo(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Reads the format of /proc/PID/mountinfo, see proc_pid_mountinfo(5). */
export function parseMountinfo(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [head = ''] = line.split(' - ', 1);
    const fields = head.split(' ');
    const mountPoint = fields[4];
    if (mountPoint === undefined) return [];
    return [
      {
        mountPoint: mountPoint.replace(/\\([0-7]{3})/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        ),
        isShared: fields.slice(6).some((field) => field.startsWith('shared:')),
      },
    ];
  });
}

/** Mount points below `folder`, last made first: the order in which they can be unmounted. */
export function mountsBelow(folder: string): readonly string[] {
  return listMounts()
    .map((mount) => mount.mountPoint)
    .filter((path) => path.startsWith(`${folder}/`))
    .toReversed();
}

/**
 * Unmounts everything below `folder` (not what is mounted at it), also what is mounted there several times over.
 *
 * @returns the mount points that could not be unmounted
 */
export async function unmountBelow(folder: string): Promise<readonly string[]> {
  for (let round = 0; round < 20; round += 1) {
    const paths = mountsBelow(folder);
    if (paths.length === 0) return paths;
    for (const path of paths) {
      const plain = await runCommand('umount', [path]);
      if (plain.exitCode !== 0) await runCommand('umount', ['--lazy', path]);
    }
  }
  return mountsBelow(folder);
}
