import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  writeSync,
} from 'node:fs';
import { ds01Error } from '@ds01/contracts';
import { ledgerError, removeIfThere, systemCodeOf } from './sqlite-errors.ts';

const keyBytes = 32;

/**
 * The key that signs labels: 32 random bytes in `signing.key` (0600) of the state folder, made by
 * whoever needs it first and then the same for everybody. A key of another length is refused with
 * `internal.state-unwritable` and never replaced, because every label signed with it would turn
 * foreign. Errors: also `internal.storage-full`.
 */
export function createSigningKey(options: { readonly directory: string }): Uint8Array {
  const { directory } = options;
  const path = `${directory}/signing.key`;
  try {
    const key = readKey(path) ?? makeKey(directory, path);
    if (key.length === keyBytes) return new Uint8Array(key);
  } catch (error) {
    throw ledgerError(directory, error);
  }
  throw ds01Error('internal.state-unwritable', {
    message: `${path} is damaged: it must hold ${keyBytes} bytes.`,
    hint: 'restore it from a backup, or remove it: containers made so far then count as foreign',
    details: { path },
  });
}

function readKey(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Written in full under another name first, then linked: the link is made by one process only. */
function makeKey(directory: string, path: string): Buffer {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const temporary = `${path}.new.${process.pid}`;
  removeIfThere(temporary);
  try {
    writeDurably(temporary, randomBytes(keyBytes));
    linkSync(temporary, path);
  } catch (error) {
    if (systemCodeOf(error) !== 'EEXIST') throw error;
  } finally {
    removeIfThere(temporary);
  }
  return readFileSync(path);
}

function writeDurably(path: string, bytes: Uint8Array): void {
  const file = openSync(path, 'wx', 0o600);
  try {
    writeSync(file, bytes);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
