import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';
import type { Environment } from './environment.ts';

/** Whoever can write there can put another ledger and another key in their places. */
export function refuseOpenFolder({ stateDirectory, uid }: Environment): void {
  const found = statSync(stateDirectory, { throwIfNoEntry: false });
  if (found === undefined) return;
  const isForeign = uid === 0 && found.uid !== 0;
  const isOpen = (found.mode & 0o022) !== 0;
  if (!isForeign && !isOpen) return;
  throw ds01Error('access.denied', {
    message: `Others can write to the state folder ${stateDirectory}, so what is in it can't be trusted.`,
    hint: isForeign ? `chown -R root ${stateDirectory}` : `chmod 0700 ${stateDirectory}`,
    details: { stateDirectory },
  });
}

/** Owner of a folder, or of the nearest one above it that exists. */
export function ownerOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found.uid;
  return path === '/' ? 0 : ownerOf(join(path, '..'));
}

/** The file that a daemon keeps locked (flock(2)) in its state folder as long as it runs. */
export const daemonLockName = 'ds01d.lock';

/**
 * True while a daemon has a state folder, whether or not its socket is there yet or still. By
 * /proc/locks (proc_locks(5)), which names a locked file by its device and inode.
 */
export function isDaemonsFolder(stateDirectory: string): boolean {
  const file = statSync(join(stateDirectory, daemonLockName), { throwIfNoEntry: false });
  if (file === undefined) return false;
  const major = (file.dev >>> 8) & 0xfff;
  const minor = (file.dev & 0xff) | ((file.dev >>> 12) & 0xfff00);
  const hex = (part: number): string => part.toString(16).padStart(2, '0');
  const name = ` ${hex(major)}:${hex(minor)}:${file.ino} `;
  return readFileSync('/proc/locks', 'utf8')
    .split('\n')
    .some((line) => line.includes(' FLOCK ') && line.includes(name));
}
