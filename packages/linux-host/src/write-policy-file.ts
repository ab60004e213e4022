import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { dirname } from 'node:path';
import { ds01Error, isDs01Error } from '@ds01/contracts';
import { storageError, systemCodeOf } from './storage-errors.ts';

/** A file to replace, and what is there as far as its editor knows; `null` is no file. */
export interface PolicyFileEdit {
  readonly path: string;
  readonly expected: string | null;
  readonly text: string;
}

/**
 * Replaces a file in one step: whoever reads it gets the old or the new text, also after a loss of
 * power. Mode and owner stay; a new file is everybody's to read (0644), and its folder is made. Other
 * names of the file (hard links) keep the old text.
 *
 * Fails with `policy.changed` when what is there isn't expected, with `policy.refused` for a link or
 * anything else that is no file: where it leads may be somebody else's, or managed by another tool; and
 * with `internal.*` when it can't be written. Nothing is left behind then.
 */
export function writePolicyFile({ path, expected, text }: PolicyFileEdit): void {
  const temporary = `${path}.${process.pid}.new`;
  try {
    const before = lstatSync(path, { throwIfNoEntry: false });
    if (before !== undefined && !before.isFile()) throw notAFile(path, before);
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    refuseLinkedFolder(dirname(path));
    writeDurably(temporary, text, before);
    if (textOf(path) !== expected) throw changed(path);
    renameSync(temporary, path);
    syncFolder(dirname(path));
  } catch (error) {
    rmSync(temporary, { force: true });
    throw isDs01Error(error) ? error : storageError(path, error);
  }
}

function writeDurably(path: string, text: string, like: Stats | undefined): void {
  // What a killed process left under this name is in the way of nobody.
  rmSync(path, { force: true });
  const descriptor = openSync(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const bytes = Buffer.from(text, 'utf8');
    for (let at = 0; at < bytes.length;) at += writeSync(descriptor, bytes, at);
    if (like !== undefined) fchownSync(descriptor, like.uid, like.gid);
    fchmodSync(descriptor, like === undefined ? 0o644 : like.mode & 0o777);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

function syncFolder(path: string): void {
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** The configuration folder may be a link, which its administrator made; a folder inside it may not. */
function refuseLinkedFolder(folder: string): void {
  if (!folder.endsWith('/groups')) return;
  const stats = lstatSync(folder);
  if (!stats.isDirectory()) throw notAFile(folder, stats);
}

function notAFile(path: string, stats: Stats) {
  const what = stats.isSymbolicLink() ? 'a link' : 'no plain file';
  return ds01Error('policy.refused', {
    message: `${path} is ${what}, and DS01 writes to files of the folder itself only.`,
    hint: `ls -l ${path}`,
    details: { path },
  });
}

function changed(path: string) {
  return ds01Error('policy.changed', {
    message: `${path} was changed by somebody else just now.`,
    hint: 'ds01-admin limits check',
    details: { path },
  });
}
