import { posix } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';

/** A place inside a container. */
export interface InsidePath {
  /** The container's name as it was typed. */
  readonly container: string;
  /** Absolute and normalized, without a slash at its end except for `/`. */
  readonly path: string;
  /** What is in the folder, not the folder itself: it was written `DIR/.`. */
  readonly contentsOnly: boolean;
  /** It was written with a slash at its end, so that a folder is meant. */
  readonly isFolder: boolean;
}

/** A place on this side. */
export type LocalPlace =
  /** `-`: a tar archive on stdin or stdout. */
  | { readonly kind: 'stream' }
  /** As it was typed. */
  | { readonly kind: 'path'; readonly text: string };

/** What `container cp` copies, and which way. */
export type CopyOperands =
  | { readonly direction: 'out'; readonly inside: InsidePath; readonly local: LocalPlace }
  | { readonly direction: 'in'; readonly local: LocalPlace; readonly inside: InsidePath };

/**
 * Reads `SRC DEST`, of which one is `NAME:PATH` and the other a local path or `-`. Paths inside begin at
 * `/`, as with `docker cp`; a local path with a colon is written with its folder (`./a:b`). Fails with
 * `usage.invalid`.
 */
export function copyOperandsOf(source: string, destination: string): CopyOperands {
  const from = insidePathOf(source);
  const to = insidePathOf(destination);
  if (from !== null && to !== null) {
    throw invalid('Copying from one container to another needs a folder in between.');
  }
  if (from !== null) return { direction: 'out', inside: from, local: localPlaceOf(destination) };
  if (to !== null) return { direction: 'in', local: localPlaceOf(source), inside: to };
  throw invalid('One of the two has to be NAME:PATH, a place in a container.');
}

function insidePathOf(text: string): InsidePath | null {
  const at = text.indexOf(':');
  if (at === -1 || text.startsWith('/') || text.startsWith('.')) return null;
  const container = text.slice(0, at);
  const path = text.slice(at + 1);
  if (container === '' || path === '') {
    throw invalid(`${JSON.stringify(text)} is not NAME:PATH with a name and a path.`);
  }
  if (path.includes('\0')) throw invalid('A path can’t have a NUL in it.');
  const clean = posix.normalize(`/${path}`).replace(/(?<=.)\/$/, '');
  const contentsOnly = clean === '/' || /(?:^|\/)\.$/.test(path);
  return { container, path: clean, contentsOnly, isFolder: contentsOnly || path.endsWith('/') };
}

function localPlaceOf(text: string): LocalPlace {
  if (text === '') throw invalid('An empty path is no place to copy from or to.');
  return text === '-' ? { kind: 'stream' } : { kind: 'path', text };
}

function invalid(message: string) {
  return ds01Error('usage.invalid', {
    message,
    hint: 'ds01 container cp thesis:/workspace/results ./results',
  });
}
