import { posix } from 'node:path';
import { ds01Error } from '@ds01/contracts/core';

/** What is known of one thing in an archive before it is written. */
export interface ArchiveEntry {
  /** As node-tar names them: `File`, `Directory`, `SymbolicLink`, `Link`, `FIFO`, ... */
  readonly type: string;
  readonly path: string;
  readonly linkpath: string | null;
}

/** What is done with one thing in an archive; paths are relative to the folder that is written to. */
export type Verdict =
  | { readonly kind: 'write'; readonly path: string; readonly linkpath: string | null }
  | { readonly kind: 'link'; readonly path: string; readonly target: string }
  /** Nothing is written; `reason` is for people, `null` when nothing is missing. */
  | { readonly kind: 'skip'; readonly reason: string | null };

/** Where the tree of an archive goes. */
export interface Landing {
  /** Name of the archive's root, which all its paths begin with; `''` when they begin below it. */
  readonly from: string;
  /** What that root is called on this side; `''` is the folder itself. */
  readonly to: string;
}

const fileTypes: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);

/**
 * Decides about each entry of an archive that nobody vouches for. Paths outside of the root (absolute
 * ones, `..`) and hard links to such fail with `copy.unsafe`; devices, pipes and links that lead out of
 * the tree are skipped with a reason.
 */
export function screenEntry(entry: ArchiveEntry, landing: Landing): Verdict {
  const path = land(entry.path, landing);
  if (path === null) throw unsafe(entry.path);
  if (entry.type === 'Directory' || entry.type === 'GNUDumpDir') {
    return path === '' ? skip(null) : { kind: 'write', path, linkpath: null };
  }
  if (path === '') throw unsafe(entry.path);
  if (fileTypes.has(entry.type)) return { kind: 'write', path, linkpath: null };
  if (entry.type === 'Link') {
    const linkpath = land(entry.linkpath ?? '', landing);
    // A link between a folder and something in it makes no sense, and node-tar waits for ever on it.
    if (
      linkpath === null ||
      linkpath === '' ||
      isWithin(path, linkpath) ||
      isWithin(linkpath, path)
    ) {
      throw unsafe(entry.linkpath ?? '');
    }
    return { kind: 'write', path, linkpath };
  }
  if (entry.type !== 'SymbolicLink') return skip(`it is a ${entry.type}`);
  const target = entry.linkpath ?? '';
  return leadsOut(path, target, landing.to)
    ? skip(`it is a link that leads out of what is copied, to ${JSON.stringify(target)}`)
    : { kind: 'link', path, target };
}

function land(path: string, { from, to }: Landing): string | null {
  if (path.startsWith('/') || path.includes('\0') || path.split('/').includes('..')) return null;
  const clean = posix.normalize(`./${path}`).replace(/\/+$/, '');
  const relative = clean === '.' ? '' : clean;
  const below =
    from === ''
      ? relative
      : relative === from
        ? ''
        : relative.startsWith(`${from}/`)
          ? relative.slice(from.length + 1)
          : null;
  if (below === null) return null;
  return [to, below].filter((part) => part !== '').join('/');
}

function leadsOut(path: string, target: string, root: string): boolean {
  if (target === '' || target.startsWith('/')) return true;
  const reached = posix.normalize(posix.join(posix.dirname(path), target));
  if (reached === '..' || reached.startsWith('../')) return true;
  return root !== '' && !isWithin(reached, root);
}

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(`${folder}/`);
}

function skip(reason: string | null): Verdict {
  return { kind: 'skip', reason };
}

function unsafe(path: string) {
  return ds01Error('copy.unsafe', {
    message: `The container sent ${JSON.stringify(path)}, which lies outside of what was asked for.`,
    details: { path },
  });
}
