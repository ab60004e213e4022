import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import type { FolderPinRequest, Pin } from '@ds01/ports';
import { systemCodeOf } from '../storage-errors.ts';
import { folderError } from './folder-errors.ts';

const answers: Readonly<Record<string, string>> = {
  ENOENT: 'not-found',
  ENOTDIR: 'not-a-folder',
  EEXIST: 'not-a-folder',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ENOSPC: 'full',
  EDQUOT: 'full',
};

/**
 * Checks a folder with this process's own rights, making it when asked to. Refuses as
 * {@link folderError} says.
 */
export function openAsSelf({ folder, create }: FolderPinRequest): Pin {
  try {
    const present = lstatSync(folder, { throwIfNoEntry: false });
    if (present?.isSymbolicLink() === true) throw folderError('is-link', folder);
    if (present === undefined && create) mkdirSync(folder, { recursive: true });
    if (present?.isDirectory() === false) throw folderError('not-a-folder', folder);
    accessSync(folder, constants.R_OK | constants.X_OK);
  } catch (error) {
    const answer = answers[systemCodeOf(error) ?? ''];
    throw answer === undefined ? error : folderError(answer, folder);
  }
  return { path: folder, source: folder };
}
