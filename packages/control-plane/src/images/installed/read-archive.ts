import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { ds01Error, type Ds01Error, type InstalledPackage } from '@ds01/contracts';
import { Parser, type ReadEntry } from 'tar';
import { databaseAt, isUnreadDatabase } from './databases.ts';

/** More than any image has; what goes on and on is no image of anybody's who wants to know. */
const maxPackages = 100_000;
const maxBytesRead = 512 * 2 ** 20;

/** One is a link to the other. */
const osReleases: readonly string[] = ['etc/os-release', 'usr/lib/os-release'];
const maxOsReleaseBytes = 64 * 1024;

const fileTypes: readonly string[] = ['File', 'OldFile', 'ContiguousFile'];

/** What is installed in a file system. */
export interface Installed {
  readonly packages: readonly InstalledPackage[];
  /** `ID` of os-release(5), such as `debian`; `null` when it doesn't say. */
  readonly distribution: string | null;
}

/**
 * Reads what is installed from an archive of a whole file system, as it streams by: nothing is
 * unpacked, no link is followed, and only the databases of packages are looked at, each up to a bound.
 * Fails with `image.unreadable` for a database that DS01 can't read, for more than it can hold, and for
 * what is no archive.
 */
export async function readArchive(
  archive: Readable,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Installed> {
  const collected = createCollection();
  const parser = new Parser({
    onReadEntry: (entry) => readEntry(entry, collected),
    // Of the entry that is meant only as information, what follows can be read.
    onwarn: (code, message) => {
      if (code !== 'TAR_ENTRY_INFO') collected.fail(noArchive(message));
    },
  });
  parser.on('error', (error: Error) => collected.fail(noArchive(error)));
  const ended = once(parser, 'end');
  ended.catch(() => undefined);
  try {
    const chunks: AsyncIterable<Buffer> = archive;
    for await (const chunk of chunks) {
      options.signal?.throwIfAborted();
      const hasRoom = parser.write(chunk);
      collected.check();
      if (!hasRoom) await once(parser, 'drain');
    }
    parser.end();
    collected.check();
    await ended;
    collected.check();
  } catch (error) {
    // What is wrong with the archive says more than that its reader ended.
    collected.check();
    throw error;
  } finally {
    archive.destroy();
  }
  return collected.result();
}

interface Collection {
  add(packages: readonly InstalledPackage[], bytes: number): void;
  fail(error: Ds01Error): void;
  /** Throws what failed. */
  check(): void;
  setDistribution(osRelease: string): void;
  result(): Installed;
}

function createCollection(): Collection {
  const found = new Map<string, InstalledPackage>();
  let bytesRead = 0;
  let failure: Ds01Error | null = null;
  let distribution: string | null = null;
  return {
    add(packages, bytes) {
      bytesRead += bytes;
      for (const one of packages) found.set(keyOf(one), one);
      if (found.size <= maxPackages && bytesRead <= maxBytesRead) return;
      failure ??= unreadable('There is more in it than can be listed.');
    },
    fail(error) {
      failure ??= error;
    },
    check() {
      if (failure !== null) throw failure;
    },
    setDistribution(osRelease) {
      distribution ??= /^ID=["']?([a-z0-9._-]{1,100})["']?\s*$/m.exec(osRelease)?.[1] ?? null;
    },
    result: () => ({
      packages: [...found.values()].toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1)),
      distribution,
    }),
  };
}

function keyOf({ ecosystem, name, version }: InstalledPackage): string {
  return `${ecosystem}\0${name}\0${version}`;
}

function readEntry(entry: ReadEntry, collected: Collection): void {
  const path = entry.path.replace(/^(?:\.?\/)+/, '');
  const database = fileTypes.includes(entry.type) ? databaseAt(path) : null;
  if (fileTypes.includes(entry.type) && entry.size > 0 && isUnreadDatabase(path)) {
    collected.fail(unreadable(`Its list of packages, /${path}, can’t be read by DS01.`));
  }
  if (fileTypes.includes(entry.type) && osReleases.includes(path)) {
    collectBytes(entry, maxOsReleaseBytes, (bytes) =>
      collected.setDistribution(bytes.toString('utf8')),
    );
    return;
  }
  if (database === null) {
    entry.resume();
    return;
  }
  if (entry.size > database.maxBytes && !database.beginningIsEnough) {
    collected.fail(unreadable(`/${path} is too large to be a list of packages.`));
    entry.resume();
    return;
  }
  collectBytes(entry, database.maxBytes, (bytes) => {
    const packages = database.read(bytes, path);
    if (packages === null) {
      collected.fail(unreadable(`Its list of packages, /${path}, can’t be read by DS01.`));
      return;
    }
    collected.add(packages, bytes.length);
  });
}

function collectBytes(entry: ReadEntry, maxBytes: number, done: (bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  entry.on('data', (chunk: Buffer) => {
    if (bytes < maxBytes) chunks.push(chunk.subarray(0, maxBytes - bytes));
    bytes += chunk.length;
  });
  entry.on('end', () => done(Buffer.concat(chunks)));
}

/** The error for an image whose packages can't be told. */
export function unreadable(why: string): Ds01Error {
  return ds01Error('image.unreadable', { message: why, hint: 'ds01 image list' });
}

function noArchive(cause: unknown): Ds01Error {
  return ds01Error('image.unreadable', {
    message: 'The files of the image could not be read.',
    hint: 'ds01 image list',
    cause,
  });
}
