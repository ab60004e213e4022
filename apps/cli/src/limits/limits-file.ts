import {
  accessSync,
  closeSync,
  constants,
  fchmodSync,
  lstatSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { limitsFileName } from './limits-text.ts';

/** A file this old is looked at again: so long a change of limits may take to show. */
const freshMs = 3_600_000;

/**
 * True when the file of this home is missing or of more than an hour ago, and could be written. Mostly
 * one look at the disk.
 */
export function isLimitsFileDue(home: string, nowMs: number): boolean {
  const found = lstatSync(join(home, limitsFileName), { throwIfNoEntry: false });
  if (found?.isFile() === true && nowMs - found.mtimeMs <= freshMs) return false;
  return isWritable(home);
}

/**
 * Writes the file in one step, as 0644, whatever stands there; only where the home belongs to `uid`.
 * One that says the same gets a new time alone. Fails with the system's error.
 */
export function writeLimitsFile(home: string, text: string, uid: number): void {
  if (statSync(home).uid !== uid) return;
  const path = join(home, limitsFileName);
  if (saysAlready(path, text)) {
    const now = new Date();
    utimesSync(path, now, now);
    return;
  }
  const temporary = join(home, `${limitsFileName}.${process.pid}.tmp`);
  const { O_CREAT, O_EXCL, O_NOFOLLOW, O_WRONLY } = constants;
  const descriptor = openSync(temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY, 0o644);
  try {
    writeSync(descriptor, text);
    fchmodSync(descriptor, 0o644);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    closeSync(descriptor);
  }
}

function saysAlready(path: string, text: string): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true && readFileSync(path, 'utf8') === text;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
