import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { storageError } from '../storage-errors.ts';

/** Prefix of a file that isn't whole yet. */
export const unfinished = '.new-';

/**
 * Writes a file in a folder that only this process's account may change, replacing the one there in
 * one step: who has the old one mounted keeps it.
 */
export function writeSmallFile(
  folder: string,
  file: { readonly name: string; readonly content: string | Uint8Array; readonly mode: number },
): string {
  const [path, temporary] = [`${folder}/${file.name}`, `${folder}/${unfinished}${file.name}`];
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
