import { randomUUID } from 'node:crypto';
import { chmod, rename, rm, utimes, writeFile } from 'node:fs/promises';

/**
 * Replaces a file in one step: a reader sees the old or the new content, never a part. `modifiedMs`
 * sets the time of modification (milliseconds since 1970).
 */
export const writeFileAtomically = async (
  path: string,
  content: string,
  options: { readonly mode?: number; readonly modifiedMs?: number } = {},
): Promise<void> => {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, content, { flag: 'wx' });
    await chmod(temporary, options.mode ?? 0o644);
    if (options.modifiedMs !== undefined) {
      await utimes(temporary, options.modifiedMs / 1000, options.modifiedMs / 1000);
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
};
