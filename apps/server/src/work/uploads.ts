import { createHash, randomBytes } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  openSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ds01Error, formatBytes, type Ds01Error } from '@ds01/contracts';

/** An archive that was received whole. */
export interface Upload {
  /** SHA-256 of its bytes in hexadecimal. */
  readonly hash: string;
  /** Its bytes from the beginning, as often as wanted, read as fast as they are taken. */
  read(): Readable;
  /** Gives the space back. */
  remove(): void;
}

/** Takes in archives, onto the disk: of one that is long little is in memory. */
export interface Uploads {
  /**
   * Receives a body. Fails with `build.too-many` while others of this person arrive,
   * `build.context-too-large`, `internal.storage-full` before the disk is, and `request.invalid` where
   * the connection breaks, stands still, or is very slow.
   */
  receive(
    body: Readable,
    options: { readonly uid: number; readonly maxBytes: number },
  ): Promise<Upload>;
}

/** Uploads of one person that may arrive at once, and of all. */
const most = { person: 2, all: 8 };
/** A sender of whom nothing comes for so long is not waited for. */
const stillMs = 30_000;
/** Nor is one who sends less than this: there is room for few at a time. */
const slowestBytesPerMs = 8;
/** So much of the disk stays free: the ledger is on it, too. */
const keptFreeBytes = 268_435_456;
/** So often it is looked how much is free. */
const lookEachBytes = 16_777_216;

/** What is known of the host. */
export interface UploadHost {
  /** Milliseconds of a clock that never goes back. */
  readonly nowMs: () => number;
  /** Bytes that are free where a folder is. */
  readonly freeBytes: (folder: string) => number;
}

const host: UploadHost = {
  nowMs: () => performance.now(),
  freeBytes(folder) {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  },
};

/** Uploads in a folder of root’s alone; what an earlier daemon left there is removed. */
export function createUploads(folder: string, on: UploadHost = host): Uploads {
  rmSync(folder, { recursive: true, force: true });
  const arriving = new Map<string, number>();
  return {
    async receive(body, { uid, maxBytes }) {
      const own = [...arriving.values()].filter((one) => one === uid).length;
      if (own >= most.person || arriving.size >= most.all) throw tooMany(own);
      const path = join(folder, randomBytes(12).toString('hex'));
      const remove = (): void => rmSync(path, { force: true });
      arriving.set(path, uid);
      try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        const isFull = (): boolean => on.freeBytes(folder) < keptFreeBytes;
        const hash = await store(body, path, { maxBytes, isFull, nowMs: on.nowMs });
        return { hash, read: () => createReadStream(path), remove };
      } catch (error) {
        remove();
        throw failureOf(error);
      } finally {
        arriving.delete(path);
      }
    },
  };
}

async function store(
  body: Readable,
  path: string,
  bounds: Pick<UploadHost, 'nowMs'> & {
    readonly maxBytes: number;
    readonly isFull: () => boolean;
  },
): Promise<string> {
  const { maxBytes, isFull, nowMs } = bounds;
  const hash = createHash('sha256');
  const standsStill = new AbortController();
  const timer = setTimeout(() => standsStill.abort(broken('nothing came for too long')), stillMs);
  let length = 0;
  let lookAt = 0;
  const sinceMs = nowMs();
  const refuseBeyond = (): void => {
    if (length > maxBytes) throw tooLarge(maxBytes);
    if (nowMs() - sinceMs > stillMs + length / slowestBytesPerMs)
      throw broken('it came too slowly');
    if (length < lookAt) return;
    lookAt = length + lookEachBytes;
    if (isFull()) throw storageFull();
  };
  const counted = async function* (chunks: AsyncIterable<Uint8Array>) {
    for await (const chunk of chunks) {
      timer.refresh();
      length += chunk.length;
      refuseBeyond();
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    // The answer still has to be sent: whoever fails here leaves the connection alone.
    const chunks: AsyncIterable<Uint8Array> = body.iterator({ destroyOnReturn: false });
    // Opened here: a stream that opens it later makes the file even after it was given up and removed.
    const file = createWriteStream(path, { fd: openSync(path, 'wx', 0o600) });
    await pipeline(counted(chunks), file, { signal: standsStill.signal });
  } catch (error) {
    throw standsStill.signal.aborted ? standsStill.signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
  return hash.digest('hex');
}

function failureOf(error: unknown): unknown {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : null;
  if (code === 'ENOSPC' || code === 'EDQUOT') return storageFull();
  const isCut = code === 'ECONNRESET' || code === 'ERR_STREAM_PREMATURE_CLOSE';
  return isCut ? broken('the connection broke before its end') : error;
}

function storageFull(): Ds01Error {
  return ds01Error('internal.storage-full', {
    message: 'The server has no space left for this upload.',
    hint: 'ds01 doctor',
  });
}

function broken(why: string): Ds01Error {
  return ds01Error('request.invalid', {
    message: `The archive was not received: ${why}.`,
    hint: 'send it again',
  });
}

/** The error for an archive that is larger than so much. */
export function tooLarge(maxBytes: number): Ds01Error {
  return ds01Error('build.context-too-large', {
    message: `The archive is larger than ${formatBytes(maxBytes)}, which is the most here.`,
    hint: 'leave out what the build doesn’t need',
    details: { maxBytes },
  });
}

function tooMany(own: number): Ds01Error {
  return ds01Error('build.too-many', {
    message:
      own >= most.person
        ? `${String(own)} uploads of this user arrive already.`
        : 'The server takes in as many uploads as it can.',
    hint: 'try again in a moment',
    details: { retryAfterS: 5 },
  });
}
