import type { ChildProcess } from 'node:child_process';
import { Buffer } from 'node:buffer';
import { constants, openSync, readFileSync, readlinkSync } from 'node:fs';
import { isOurs } from './child.ts';

/** Linux's O_PATH: a descriptor to mount from, opened without asking the file system for rights. */
const openPath = 0o10_000_000;

/**
 * Takes over the folder that the child has on descriptor 3; `null` when the child has ended.
 * In one synchronous step: as long as the child hasn't been reported as ended, its process number
 * can't have gone to anybody else, whose descriptor 3 would be opened here.
 */
export function takeFolder(child: ChildProcess): number | null {
  if (!isOurs(child)) return null;
  return openSync(`/proc/${child.pid}/fd/3`, openPath | constants.O_DIRECTORY);
}

/**
 * Whether the folder of a descriptor is one of these real folders or lies below one. Judged on the
 * descriptor, and only if its mount is one of this process's own: a person can make a namespace with
 * mounts of their own, in which any folder has any path.
 */
export function liesWithin(descriptor: number, roots: readonly string[]): boolean {
  if (!isOnOwnMount(descriptor)) return false;
  const path = readlinkSync(`/proc/self/fd/${descriptor}`, { encoding: 'buffer' });
  return roots.some((root) => {
    const start = Buffer.from(root === '/' ? '/' : `${root}/`);
    return path.equals(Buffer.from(root)) || path.subarray(0, start.length).equals(start);
  });
}

/** proc_pid_fdinfo(5) and proc_pid_mountinfo(5): both name a mount by the same number. */
function isOnOwnMount(descriptor: number): boolean {
  const information = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8');
  const mount = /^mnt_id:\s*(\d+)$/m.exec(information)?.[1];
  if (mount === undefined) return false;
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8');
  return mounts.startsWith(`${mount} `) || mounts.includes(`\n${mount} `);
}
