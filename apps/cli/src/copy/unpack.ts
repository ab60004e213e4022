import { lstat, mkdir, symlink, unlink } from 'node:fs/promises';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { ReadEntry } from 'tar';
import { screenEntry, type Landing } from './screen.ts';

/** What {@link unpackInto} made of an archive. */
export interface Unpacked {
  /** Entries seen, those left out among them. */
  readonly count: number;
  /** What was written. */
  readonly written: number;
}

/**
 * Writes a tar archive that nobody vouches for below a folder that is there, and nowhere else:
 * {@link screenEntry} decides about each entry, the bits setuid, setgid and sticky are cleared,
 * everything belongs to this process's user, and links are made last, so that nothing is ever written
 * through one. `checkRoot` gets the type of the root entry and may throw. Fails with `copy.unsafe`, or
 * the error of disk or archive.
 */
export async function unpackInto(
  folder: string,
  archive: AsyncIterable<unknown>,
  options: {
    readonly landing: Landing;
    readonly signal: AbortSignal;
    readonly checkRoot: (isFolder: boolean) => void;
    readonly say: (line: string) => void;
  },
): Promise<Unpacked> {
  const { landing, signal, checkRoot, say } = options;
  const { Unpack } = await import('tar');
  const links = new Map<string, string>();
  let count = 0;
  let written = 0;
  const refused: { error?: Error } = {};

  const accept = (entry: ReadEntry): boolean => {
    count += 1;
    const linkpath = entry.linkpath ?? null;
    if (count === 1) checkRoot(entry.type === 'Directory');
    const verdict = screenEntry({ type: entry.type, path: entry.path, linkpath }, landing);
    if (verdict.kind === 'skip') {
      if (verdict.reason !== null) say(`left out ${JSON.stringify(entry.path)}: ${verdict.reason}`);
      return false;
    }
    const target =
      verdict.kind === 'link'
        ? verdict.target
        : verdict.linkpath === null
          ? undefined
          : links.get(verdict.linkpath);
    if (target !== undefined) {
      links.set(verdict.path, target);
      return false;
    }
    written += 1;
    entry.path = verdict.path;
    if (verdict.kind === 'write' && verdict.linkpath !== null) entry.linkpath = verdict.linkpath;
    if (entry.mode !== undefined) entry.mode &= 0o777;
    return true;
  };

  const unpack = new Unpack({
    cwd: folder,
    strict: true,
    preserveOwner: false,
    filter: (_path, entry) => {
      if (refused.error !== undefined || !('linkpath' in entry)) return false;
      try {
        return accept(entry);
      } catch (error) {
        refused.error = error instanceof Error ? error : new Error(String(error));
        return false;
      }
    },
  });
  // The first error is told by `closed`; files in work may have more.
  unpack.on('error', () => undefined);
  let complete = false;
  unpack.once('eof', () => {
    complete = true;
  });
  const closed = once(unpack, 'close', { signal });
  closed.catch(() => undefined);
  for await (const chunk of archive) {
    if (refused.error !== undefined) throw refused.error;
    if (!(chunk instanceof Uint8Array)) continue;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    if (!unpack.write(bytes)) await Promise.race([once(unpack, 'drain', { signal }), closed]);
  }
  unpack.end();
  await closed;
  if (refused.error !== undefined) throw refused.error;
  if (!complete) throw new Error('the archive ends in the middle');
  for (const [path, target] of links) await makeLink(folder, path, target);
  return { count, written: written + links.size };
}

/** Makes a link below a folder, in place of a file or another link; no part of its path is a link. */
async function makeLink(folder: string, path: string, target: string): Promise<void> {
  await makeRealFolder(folder, dirname(path));
  const place = join(folder, path);
  const there = await statOf(place);
  if (there !== null && !there.isDirectory()) await unlink(place);
  await symlink(target, place);
}

async function makeRealFolder(folder: string, path: string): Promise<void> {
  let place = folder;
  for (const part of path.split('/').filter((name) => name !== '.')) {
    place = join(place, part);
    const there = await statOf(place);
    if (there === null) await mkdir(place);
    else if (!there.isDirectory()) throw new Error(`${place} is in the way`);
  }
}

async function statOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, 'code') === 'ENOENT') return null;
    throw error;
  }
}
