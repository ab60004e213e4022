import { readFileSync } from 'node:fs';
import { ds01Error, type Ds01Error } from '@ds01/contracts';
import { run } from '../run.ts';

/** A line of `/proc/<pid>/mountinfo` (proc_pid_mountinfo(5)). */
export interface MountEntry {
  readonly path: string;
  /** What of the file system is mounted; ends with `//deleted` when it was removed. */
  readonly root: string;
  readonly options: readonly string[];
  /** `tmpfs`, `ext4`, ... */
  readonly type: string;
}

/** Mounts as the process sees them, in the order they were made. */
export function readMounts(pid: number | 'self'): readonly MountEntry[] {
  const lines = readFileSync(`/proc/${pid}/mountinfo`, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const fields = line.split(' ');
    const [root, path, options] = fields.slice(3, 6);
    const type = fields[fields.indexOf('-', 6) + 1];
    if (root === undefined || path === undefined || options === undefined || type === undefined)
      return [];
    const mount = { path: unescaped(path), root: unescaped(root), type };
    return [{ ...mount, options: options.split(',') }];
  });
}

/**
 * Mounts the folder of a descriptor at `staging`, without setuid programs and devices. Flags can be
 * set on a mount that exists only, and don't reach its copies in other namespaces; so the place that
 * the engine sees is made from this one: at `target`, where nothing is mounted, or else later by
 * {@link moveInto}.
 */
export async function mountFolder(mount: {
  readonly descriptor: number;
  readonly staging: string;
  readonly target: string | null;
  readonly readOnly: boolean;
}): Promise<void> {
  const { descriptor, staging, target, readOnly } = mount;
  const flags = `nosuid,nodev,${readOnly ? 'ro' : 'rw'}`;
  await runMount(folderScript, [staging, flags, target ?? ''], { descriptor });
}

/** `-n`: no mtab. `-c`: the source is a descriptor, and making a path of it would follow strings. */
const folderScript = `
mount -n -c --bind -o "$2" /proc/self/fd/3 "$1" || {
  umount -n -c "$1" 2>/dev/null || umount -n -c -l "$1" 2>/dev/null
  exit 1
}
[ -n "$3" ] || exit 0
mount -n -c --bind "$1" "$3"
status=$?
umount -n -c "$1" 2>/dev/null || umount -n -c -l "$1"
exit "$status"
`;

/** Mounts an empty file system in memory at `staging`, for root to write to. */
export async function mountMemory(mount: {
  readonly staging: string;
  readonly sizeBytes: number;
  readonly files: number;
}): Promise<void> {
  const { staging, sizeBytes, files } = mount;
  const options = `nosuid,nodev,noexec,mode=0700,size=${sizeBytes},nr_inodes=${files + 1}`;
  await runMount('exec mount -n -c -t tmpfs -o "$2" ds01-secrets "$1"', [staging, options]);
}

/** Makes a file system unchangeable, whatever is mounted from it. */
export async function makeReadOnly(path: string): Promise<void> {
  await runMount('exec mount -n -c -o remount,ro,nosuid,nodev,noexec "$1"', [path]);
}

/** Puts what is mounted at `staging` in the place of what is mounted at `target`, if anything is. */
export async function moveInto(
  target: string,
  options: { readonly staging: string },
): Promise<void> {
  while (readMounts('self').some(({ path }) => path === target)) await unmount(target);
  await runMount(moveScript, [options.staging, target]);
}

const moveScript = `
mount -n -c --bind "$1" "$2" || exit
umount -n -c "$1" 2>/dev/null || umount -n -c -l "$1"
`;

async function runMount(
  script: string,
  parameters: readonly string[],
  options: { readonly descriptor?: number } = {},
): Promise<void> {
  const { status, stderr } = await run('/bin/sh', ['-c', script, 'sh', ...parameters], options);
  if (status !== 0) throw mountError(parameters[0] ?? '', stderr.trim());
}

function mountError(path: string, reason: string): Ds01Error {
  return ds01Error('pin.not-visible', {
    message: `A pin could not be mounted at ${path}: ${reason}`,
    hint: 'ds01 doctor',
    details: { path, reason },
  });
}

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
