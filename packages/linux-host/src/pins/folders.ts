import { mkdirSync, readdirSync, realpathSync, rmdirSync } from 'node:fs';
import { storageError, systemCodeOf } from '../storage-errors.ts';

/** Makes the engine's folder; its path without symbolic links, as mount tables show it. */
export function engineFolder(path: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return realpathSync(path);
  } catch (error) {
    throw storageError(path, error);
  }
}

/** Makes a folder unless it is there. */
export function makeFolder(path: string, mode: number): string {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw storageError(path, error);
  }
  return path;
}

/** Removes an empty folder; none is fine. */
export function removeFolder(path: string): void {
  try {
    rmdirSync(path);
  } catch (error) {
    if (systemCodeOf(error) !== 'ENOENT') throw storageError(path, error);
  }
}

/** Names in a folder; none when it isn't there. */
export function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return [];
    throw storageError(folder, error);
  }
}
