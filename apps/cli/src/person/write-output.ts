import { writeFile } from 'node:fs/promises';
import { switchFlag } from '@ds01/command-line';
import { ds01Error } from '@ds01/contracts/core';
import type { CommandContext } from '../context.ts';
import { personOf } from './person.ts';

/**
 * Writes what a person asked for with `--output`, as that person, over what is there. False when
 * nothing was written because of `--dry-run`. Fails with `file.*`.
 */
export async function writeOutput(
  context: CommandContext,
  { path, text }: { readonly path: string; readonly text: string },
): Promise<boolean> {
  if (switchFlag(context.flags, 'dryRun')) return false;
  const { account } = await personOf(context);
  if (account === null) {
    await writeFile(path, text).catch((error: unknown) => {
      throw unwritable(path, error);
    });
    return true;
  }
  const { writeFileOf } = await import('@ds01/as-user');
  await writeFileOf({ account, path, text, mode: 0o644, within: null });
  return true;
}

function unwritable(path: string, cause: unknown) {
  const reason: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined;
  const isMissing = reason === 'ENOENT' || reason === 'ENOTDIR';
  return ds01Error(isMissing ? 'file.not-found' : 'file.denied', {
    message: isMissing
      ? `--output ${path}: there is no such folder.`
      : `--output ${path}: it can’t be written.`,
    hint: `ls -ld ${path}`,
    details: { file: path },
    cause,
  });
}
