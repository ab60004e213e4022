import { readFileSync } from 'node:fs';
import { ds01Error } from '@ds01/contracts';
import { run } from '../run.ts';

/** A line of `/proc/<pid>/mountinfo` (proc_pid_mountinfo(5)). */
export interface MountEntry {
  readonly path: string;
  readonly options: readonly string[];
}

/** Mounts as the process sees them, in the order they were made. */
export function readMounts(pid: number | 'self'): readonly MountEntry[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const fields = line.split(' ');
    const [path, options] = [fields[4], fields[5]];
    return path === undefined || options === undefined
      ? []
      : [{ path: unescaped(path), options: options.split(',') }];
  });
}

/**
 * Mounts the folder of a descriptor at `target`, without setuid programs and devices. Flags can be
 * set on a mount that exists only, and don't reach its copies in other namespaces; so the folder is
 * mounted at `staging` and given its flags there, and what appears at `target`, here and for the
 * engine, is made from that.
 */
export async function mountFolder(mount: {
  readonly descriptor: number;
  readonly staging: string;
  readonly target: string;
  readonly readOnly: boolean;
}): Promise<void> {
  const flags = `nosuid,nodev,${mount.readOnly ? 'ro' : 'rw'}`;
  const parameters = ['-c', mountScript, 'sh', mount.staging, mount.target, flags];
  const { status, stderr } = await run('/bin/sh', parameters, { descriptor: mount.descriptor });
  if (status === 0) return;
  throw ds01Error('pin.not-visible', {
    message: `A folder could not be mounted at ${mount.target}: ${stderr.trim()}`,
    hint: 'ds01 doctor',
    details: { path: mount.target },
  });
}

/** `-n`: no mtab. `-c`: the source is a descriptor, and making a path of it would follow strings. */
const mountScript = `
set -e
trap 'umount -n -c "$1" 2>/dev/null || umount -n -c -l "$1" 2>/dev/null' EXIT
mount -n -c --bind -o "$3" /proc/self/fd/3 "$1"
mount -n -c --bind "$1" "$2"
`;

/** Unmounts, at once if nothing uses it, else as soon as nothing does. */
export async function unmount(path: string): Promise<void> {
  const script = 'umount -n -c "$1" 2>/dev/null || umount -n -c -l "$1"';
  const { status, stderr } = await run('/bin/sh', ['-c', script, 'sh', path]);
  if (status === 0 || !readMounts('self').some((mount) => mount.path === path)) return;
  throw ds01Error('internal.state-unwritable', {
    message: `${path} can't be unmounted: ${stderr.trim()}`,
    hint: `umount -l ${path}`,
    details: { path },
  });
}

/** The kernel writes space, tab, newline and backslash as octal. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}
