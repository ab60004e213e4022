import { lstat, readdir, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';

/** What lies in a build context. Paths are relative to it, with `/`. */
export interface ContextEntry {
  readonly path: string;
  /** Of a file; 0 of anything else. */
  readonly bytes: number;
  /** `other` is what can't be copied: pipes, sockets, devices. */
  readonly kind: 'file' | 'directory' | 'symlink' | 'other';
  /** A folder that can't be listed. */
  readonly unreadable?: true;
  /** Where a link leads, as it says. */
  readonly target?: string;
}

/** More than this no build needs. */
const maxEntries = 300_000;
const atOnce = 64;

/** How a context is walked. */
export interface WalkOptions {
  /** Says of a folder that nothing in it is wanted: it is an entry, and not looked into. */
  readonly skips?: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Everything in `folder` that lies at or below one of `roots` (`.` is all of it), each path once, and
 * the folders and links on the way there. Links are entries, never followed. Fails with
 * `build.context-too-large` for more than 300,000 entries, and when the signal aborts.
 */
export async function walkContext(
  folder: string,
  roots: readonly string[],
  { skips = () => false, signal }: WalkOptions = {},
): Promise<readonly ContextEntry[]> {
  const found = new Map<string, ContextEntry>();
  const listed = new Set<string>();
  const add = (entry: ContextEntry): void => {
    found.set(entry.path, entry);
    if (found.size > maxEntries) throw tooMany(folder);
  };
  for (const root of roots) {
    const reached = await enter(folder, root, add);
    if (reached === null) continue;
    const left = [reached];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      signal?.throwIfAborted();
      if (listed.has(next) || (next !== '' && skips(next))) continue;
      listed.add(next);
      left.push(...(await list(folder, next, add)));
    }
  }
  return [...found.values()];
}

/** Adds what is on the way to a path; gives the folder to list there, `null` when it is none. */
async function enter(
  folder: string,
  root: string,
  add: (entry: ContextEntry) => void,
): Promise<string | null> {
  const parts = root.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) return null;
  let path = '';
  for (const part of parts) {
    path = path === '' ? part : `${path}/${part}`;
    const entry = await look(folder, path);
    if (entry === null) return null;
    add(entry);
    if (entry.kind !== 'directory') return null;
  }
  return path;
}

/** Adds what is in a folder; gives the folders among it. */
async function list(
  folder: string,
  path: string,
  add: (entry: ContextEntry) => void,
): Promise<readonly string[]> {
  let names: readonly string[];
  try {
    names = await readdir(join(folder, path));
  } catch (error) {
    if (isGone(error)) return [];
    add({ path, bytes: 0, kind: 'directory', unreadable: true });
    return [];
  }
  const folders: string[] = [];
  for (let at = 0; at < names.length; at += atOnce) {
    const some = names.slice(at, at + atOnce);
    const entries = await Promise.all(
      some.map((name) => look(folder, path === '' ? name : `${path}/${name}`)),
    );
    for (const entry of entries) {
      if (entry === null) continue;
      add(entry);
      if (entry.kind === 'directory') folders.push(entry.path);
    }
  }
  return folders;
}

async function look(folder: string, path: string): Promise<ContextEntry | null> {
  try {
    const found = await lstat(join(folder, path));
    if (found.isSymbolicLink()) {
      const target = await readlink(join(folder, path));
      return { path, bytes: 0, kind: 'symlink', target };
    }
    if (found.isFile()) return { path, bytes: found.size, kind: 'file' };
    return { path, bytes: 0, kind: found.isDirectory() ? 'directory' : 'other' };
  } catch (error) {
    if (isGone(error)) return null;
    return { path, bytes: 0, kind: 'directory', unreadable: true };
  }
}

/** Where a link leads as a path in the context, which is the root there; `null` when it leads out. */
export function targetInside(path: string, target: string): string | null {
  const full = target.startsWith('/')
    ? posix.normalize(target.slice(1))
    : posix.join(posix.dirname(path), target);
  return full === '..' || full.startsWith('../') ? null : full.replace(/\/+$/, '');
}

function isGone(error: unknown): boolean {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

function tooMany(folder: string) {
  return ds01Error('build.context-too-large', {
    message: `${folder} has more than ${maxEntries.toLocaleString('en')} files and folders to send.`,
    hint: 'COPY only what is needed, and name the rest in .dockerignore',
  });
}
