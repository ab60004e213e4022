import { statSync } from 'node:fs';
import { join } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';
import type { Environment } from './environment.ts';

/** Whoever can write there can put another ledger and another key in their places. */
export function refuseOpenFolder({ stateDirectory, uid }: Environment): void {
  const found = statSync(stateDirectory, { throwIfNoEntry: false });
  if (found === undefined) return;
  const isForeign = uid === 0 && found.uid !== 0;
  const isOpen = (found.mode & 0o022) !== 0;
  if (!isForeign && !isOpen) return;
  throw ds01Error('access.denied', {
    message: `Others can write to the state folder ${stateDirectory}, so what is in it can't be trusted.`,
    hint: isForeign ? `chown -R root ${stateDirectory}` : `chmod 0700 ${stateDirectory}`,
    details: { stateDirectory },
  });
}

/** Owner of a folder, or of the nearest one above it that exists. */
export function ownerOf(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found !== undefined) return found.uid;
  return path === '/' ? 0 : ownerOf(join(path, '..'));
}
