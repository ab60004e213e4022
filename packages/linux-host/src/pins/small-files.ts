import { chmodSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { storageError } from '../storage-errors.ts';

/** Prefix of a file that isn't whole yet. */
export const unfinished = '.new-';

/**
 * Writes a file in a folder that only this process's account may change, replacing the one there in
 * one step: who has the old one mounted keeps it. One that says the same already is left alone, since
 * the engine may be mounting it, and fails when it is replaced at that moment.
 */
export function writeSmallFile(
  folder: string,
  file: { readonly name: string; readonly content: string | Uint8Array; readonly mode: number },
): string {
  const [path, temporary] = [`${folder}/${file.name}`, `${folder}/${unfinished}${file.name}`];
  if (saysAlready(path, file)) return path;
  try {
    rmSync(temporary, { force: true });
    writeFileSync(temporary, file.content, { flag: 'wx', mode: 0o600 });
    chmodSync(temporary, file.mode);
    renameSync(temporary, path);
    return path;
  } catch (error) {
    throw storageError(path, error);
  }
}

function saysAlready(
  path: string,
  { content, mode }: { readonly content: string | Uint8Array; readonly mode: number },
): boolean {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found?.isFile() !== true || (found.mode & 0o7777) !== mode) return false;
  const wanted = typeof content === 'string' ? Buffer.from(content) : content;
  return found.size === wanted.length && readFileSync(path).equals(wanted);
}
