import { lstatSync, realpathSync, rmSync } from 'node:fs';
import { storageError, systemCodeOf } from '../storage-errors.ts';
import { removeFolder } from './folders.ts';
import { readMounts, unmount } from './mounts.ts';

/**
 * Unmounts and removes places of a folder. Placeholders are removed as empty folders only: below a
 * pin that won't go are a user's files. Another process may be doing the same at this moment.
 */
export async function clearPlaces(folder: string, names: readonly string[]): Promise<void> {
  const base = names.length === 0 ? null : realFolder(folder);
  if (base === null) return;
  const wanted = new Set(names.map((name) => `${base}/${name}`));
  const mounted = readMounts('self').filter(({ path }) => wanted.has(path));
  for (const { path } of mounted.toReversed()) await unmount(path);
  for (const path of wanted) {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true) removeFolder(path);
    else rmSync(path, { force: true });
  }
}

/** Its path as mount tables show it; null when it went meanwhile, with all that was in it. */
function realFolder(folder: string): string | null {
  try {
    return realpathSync(folder);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw storageError(folder, error);
  }
}
