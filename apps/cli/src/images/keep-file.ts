import { ds01Error } from '@ds01/contracts/core';
import type { PersonFiles } from './person-files.ts';

/** Writes what a file had beside it, under its name with the time. Gives the path. */
export async function keepBeside(files: PersonFiles, path: string, text: string): Promise<string> {
  const stamp = new Date()
    .toISOString()
    .replaceAll(/[-:]|\..*/g, '')
    .replace('T', '-');
  for (let count = 1; count < 100; count += 1) {
    const kept = `${path}.${stamp}${count === 1 ? '' : `-${count}`}`;
    if (await files.create(kept, text)) return kept;
  }
  throw ds01Error('file.denied', {
    message: `What ${path} had can’t be kept beside it, so it stays as it is.`,
    hint: `ls -l '${path}'*`,
  });
}
