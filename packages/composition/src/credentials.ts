import {
  chmodSync,
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';
import { z } from 'zod';

const credentialsSchema = z.strictObject({
  /** The address that commands go to where no daemon is on this machine; `null` is none. */
  current: z.string().nullable(),
  servers: z.record(
    z.string(),
    z.strictObject({
      token: z.string(),
      /** Certificates in PEM that the server is checked against; `null` is the system's. */
      ca: z.string().nullable(),
    }),
  ),
});
/** What `ds01 login` keeps: a token for each server. */
export type Credentials = z.infer<typeof credentialsSchema>;

const none: Credentials = { current: null, servers: {} };

/**
 * What is kept in a file; nothing when there is none. Fails with `usage.invalid` for one that others may
 * read, or that isn't understood.
 */
export function readCredentials(path: string): Credentials {
  const text = textOf(path);
  if (text === null) return none;
  const read = credentialsSchema.safeParse(jsonIn(text));
  if (read.success) return read.data;
  throw ds01Error('usage.invalid', {
    message: `${path} is not what ds01 login keeps there.`,
    hint: `rm ${path}`,
  });
}

/** Replaces the file, whole or not at all; nobody but its owner may read it at any time. */
export function writeCredentials(path: string, credentials: Credentials): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fresh = `${path}.${String(process.pid)}`;
  rmSync(fresh, { force: true });
  try {
    const text = `${JSON.stringify(credentialsSchema.parse(credentials), null, 2)}\n`;
    writeFileSync(fresh, text, { mode: 0o600, flag: 'wx' });
    chmodSync(fresh, 0o600);
    renameSync(fresh, path);
  } catch (error) {
    rmSync(fresh, { force: true });
    throw error;
  }
}

function textOf(path: string): string | null {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return null;
    throw ds01Error('file.denied', {
      message: `${path} can not be read.`,
      hint: `ls -l ${path}`,
      cause: error,
    });
  }
  try {
    if ((fstatSync(descriptor).mode & 0o077) === 0) return readFileSync(descriptor, 'utf8');
    throw ds01Error('usage.invalid', {
      message: `Others may read ${path}, which has tokens in it.`,
      hint: `chmod 600 ${path}`,
    });
  } finally {
    closeSync(descriptor);
  }
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
