import { posix } from 'node:path';
import { ds01Error } from '@ds01/contracts';
import type { ContainerPathKind } from '@ds01/ports';
import { conflict } from './conflict.ts';
import type { MemoryContext } from './context.ts';
import { findContainer } from './state.ts';

/** A file's text, a folder, or a symbolic link. */
export type InMemoryFile = string | { readonly folder: true } | { readonly linkTo: string };

/** Files of an image or a container by absolute path; every folder is there by itself. */
export type MemoryFiles = Map<string, InMemoryFile>;

const folder = { folder: true } as const;

/** The files, and all folders above them. */
export function filesOf(files: Readonly<Record<string, InMemoryFile>>): MemoryFiles {
  const all: MemoryFiles = new Map([['/', folder]]);
  for (const [path, file] of Object.entries(files)) {
    for (let above = posix.dirname(path); above !== '/'; above = posix.dirname(above)) {
      all.set(above, folder);
    }
    all.set(path, file);
  }
  return all;
}

/** One file, links followed; `engine.error` above `maxBytes`. */
export function readFile(
  context: MemoryContext,
  id: string,
  path: string,
  maxBytes: number,
): Uint8Array | null {
  const { files } = findContainer(context.state, id);
  let found = files.get(posix.resolve('/', path));
  for (let at = path, hops = 0; typeof found === 'object' && 'linkTo' in found; hops += 1) {
    if (hops > 40) return null;
    at = posix.resolve('/', posix.dirname(at), found.linkTo);
    found = files.get(at);
  }
  if (typeof found !== 'string') return null;
  const bytes = Buffer.from(found);
  if (bytes.length <= maxBytes) return bytes;
  throw ds01Error('engine.error', {
    message: `A file in the container has ${String(bytes.length)} bytes; at most ${String(maxBytes)} are read.`,
    details: { sizeBytes: bytes.length, maxBytes },
  });
}

/** What is at a path; mounts are folders. */
export function statPath(
  context: MemoryContext,
  id: string,
  path: string,
): { readonly kind: ContainerPathKind } | null {
  const { files, details } = findContainer(context.state, id);
  const plain = posix.resolve('/', path);
  const found = files.get(plain);
  if (details.mounts.some((mount) => mount.target === plain)) return { kind: 'folder' };
  if (found === undefined) return null;
  if (typeof found === 'string') return { kind: 'file' };
  return { kind: 'folder' in found ? 'folder' : 'link' };
}

/** {@link makeFolder} for a caller who knows of the parent. */
export function makeKnownFolder(context: MemoryContext, id: string, path: string): void {
  const { files } = findContainer(context.state, id);
  const plain = posix.resolve('/', path);
  const found = files.get(plain);
  if (found !== undefined && (typeof found === 'string' || !('folder' in found))) {
    throw conflict(`The folder ${plain} can't be made: something that is no folder is there.`);
  }
  files.set(posix.dirname(plain), folder);
  files.set(plain, folder);
}

/** Makes a folder in a container that was never started. */
export function makeFolder(context: MemoryContext, id: string, path: string): void {
  const { files, details } = findContainer(context.state, id);
  const plain = posix.resolve('/', path);
  if (details.state !== 'created' || details.startedAtMs !== null) {
    throw conflict(`The folder ${plain} can't be made in the container: it was started already.`);
  }
  const within = details.mounts.some(({ target }) => `${plain}/`.startsWith(`${target}/`));
  for (let above = posix.dirname(plain); ; above = posix.dirname(above)) {
    const parent = files.get(above);
    if (within || typeof parent !== 'object' || !('folder' in parent)) {
      throw conflict(`The folder ${plain} can't be made in the container: ${above} is no folder.`);
    }
    if (above === '/') break;
  }
  if (files.has(plain)) throw conflict(`The folder ${plain} can't be made: something is there.`);
  files.set(plain, folder);
}
