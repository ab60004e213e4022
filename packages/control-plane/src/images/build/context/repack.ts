import { Readable } from 'node:stream';
import { ds01Error, formatBytes, type Ds01Error } from '@ds01/contracts';
import { createByteReader } from './byte-reader.ts';
import { invalidContext } from './paths.ts';
import { readTar } from './read-tar.ts';
import {
  blockBytes,
  encodeHeader,
  endOfArchive,
  padding,
  type EntryKind,
  type TarEntry,
} from './tar-format.ts';

/** What a context may be, and what is added to it. */
export interface RepackOptions {
  /** `builds.max_context_mb` of the site settings. */
  readonly maxMebibytes: number;
  /** Most entries; 200,000 when left out. */
  readonly maxEntries?: number;
  /** Name of the Dockerfile in the archive that comes out; one that nobody could guess. */
  readonly dockerfileName: string;
  readonly dockerfile: string;
}

const usualMaxEntries = 200_000;
/** Of all paths together: what is remembered of them while the context passes. */
const maxPathBytes = 64 * 2 ** 20;
const mebibyte = 2 ** 20;
const ignoreFileName = '.dockerignore';
const pieceBytes = 65_536;

/**
 * The context for the engine, made from a person's: read, checked, and written anew, so that the
 * engine sees nothing but what was understood here. Files, folders and links pass; owners become
 * root. What has the name of our Dockerfile, and the person's `.dockerignore` (the client has applied it),
 * is left out; our Dockerfile and a `.dockerignore` that hides both come last. Contents pass in
 * pieces, as fast as they are read. The stream fails with `build.context-invalid` or
 * `build.context-too-large`, `onFailure` is told first.
 */
export function repackContext(
  source: AsyncIterable<Uint8Array>,
  options: RepackOptions,
  onFailure: (error: unknown) => void,
): Readable {
  const pieces = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* inPieces(repack(source, options));
    } catch (error) {
      onFailure(error);
      throw error;
    }
  };
  return Readable.from(pieces(), { objectMode: false, highWaterMark: 4 * pieceBytes });
}

async function* repack(
  source: AsyncIterable<Uint8Array>,
  options: RepackOptions,
): AsyncGenerator<Buffer> {
  const reader = createByteReader(source);
  const rules = createRules(options);
  for await (const { entry, contents } of readTar(reader)) {
    const passes = rules.admit(entry);
    if (passes) yield encodeHeader(entry);
    for await (const piece of contents) if (passes) yield piece;
    if (passes) yield padding(entry.sizeBytes);
  }
  const { dockerfileName, dockerfile } = options;
  yield* fileOf(dockerfileName, dockerfile);
  yield* fileOf(ignoreFileName, `${dockerfileName}\n${ignoreFileName}\n`);
  yield endOfArchive;
  await reader.drain();
}

/** What has been seen, and whether the next entry may pass. */
function createRules(options: RepackOptions) {
  const { maxMebibytes, dockerfileName, maxEntries = usualMaxEntries } = options;
  const seen = new Map<string, EntryKind>();
  let entries = 0;
  let bytes = 0;
  let pathBytes = 0;
  const hidden = [dockerfileName, ignoreFileName];
  const isHidden = (path: string): boolean =>
    hidden.some((name) => path === name || path.startsWith(`${name}/`));
  const refuseThroughLinks = (path: string): void => {
    for (let slash = path.indexOf('/'); slash !== -1; slash = path.indexOf('/', slash + 1)) {
      const kind = seen.get(path.slice(0, slash));
      if (kind !== undefined && kind !== 'folder') {
        throw invalidContext(path, 'lies below something that is no folder');
      }
    }
  };
  return {
    /** False for what is left out. */
    admit(entry: TarEntry): boolean {
      const { kind, path, target, sizeBytes } = entry;
      entries += 1;
      bytes += sizeBytes + blockBytes;
      pathBytes += path.length;
      if (bytes > maxMebibytes * mebibyte) throw tooLarge(maxMebibytes);
      if (entries > maxEntries || pathBytes > maxPathBytes) throw tooMany(maxEntries);
      if (path === '') {
        if (kind === 'folder') return false;
        throw invalidContext('.', 'is the context itself, and has to be a folder');
      }
      refuseThroughLinks(path);
      if (isHidden(path)) return false;
      if (kind === 'hardlink') {
        refuseThroughLinks(target);
        const linked = seen.get(target);
        if (linked !== 'file' && linked !== 'hardlink') {
          throw invalidContext(path, 'is a link to something that isn’t in the context');
        }
      }
      seen.set(path, kind);
      return true;
    },
  };
}

function* fileOf(path: string, text: string): Generator<Buffer> {
  const bytes = Buffer.from(text);
  const entry = { kind: 'file', path, target: '', mode: 0o644, mtimeSeconds: 0 } as const;
  yield encodeHeader({ ...entry, sizeBytes: bytes.length });
  yield bytes;
  yield padding(bytes.length);
}

/** Small pieces are put together: an archive of many small files is sent as fast as one large one. */
async function* inPieces(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const piece of source) {
    if (piece.length === 0) continue;
    waiting.push(piece);
    length += piece.length;
    if (length < pieceBytes) continue;
    yield Buffer.concat(waiting, length);
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting, length);
}

function tooLarge(maxMebibytes: number): Ds01Error {
  return ds01Error('build.context-too-large', {
    message:
      `The build context is larger than ${formatBytes(maxMebibytes * mebibyte)} ` +
      '(builds.max_context_mb in ds01.yaml). Data belongs in the workspace or under /data, not in images.',
    hint: 'name in .dockerignore what the build doesn’t need',
    details: { maxMebibytes },
  });
}

function tooMany(maxEntries: number): Ds01Error {
  return ds01Error('build.context-too-large', {
    message: `The build context has more than ${String(maxEntries)} files, or names that are too long.`,
    hint: 'name in .dockerignore what the build doesn’t need',
    details: { maxEntries },
  });
}
