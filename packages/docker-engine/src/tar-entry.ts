import { ds01Error } from '@ds01/contracts';

/*
 * The ustar format (POSIX.1-1988, pax interchange POSIX.1-2001): blocks of 512 bytes, one header
 * block before each entry's content.
 */
const blockBytes = 512;

/** What a header says about the entry that follows it. */
interface Header {
  readonly type: string;
  readonly sizeBytes: number;
}

/** What is read of an archive: its first entry that is a member, not a note about the next one. */
export interface FirstEntry {
  readonly kind: 'file' | 'link' | 'other';
  /** Content of a file; empty for anything else. */
  readonly bytes: Uint8Array;
}

/**
 * Reads the first member of an archive and nothing after it. Fails with `engine.error` when its
 * content is above `maxBytes`, and for what is no archive or ends early.
 */
export async function readFirstEntry(
  source: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<FirstEntry> {
  const take = createTaker(source);
  for (;;) {
    const header = headerOf(await take(blockBytes));
    const bounded = notesAboutNext.has(header.type) ? blockBytes * 128 : maxBytes;
    if (header.sizeBytes > bounded) throw tooLarge(header.sizeBytes, bounded);
    const bytes = await take(header.sizeBytes);
    if (notesAboutNext.has(header.type)) {
      await take((blockBytes - (header.sizeBytes % blockBytes)) % blockBytes);
      continue;
    }
    if (header.type === '0' || header.type === '\0') return { kind: 'file', bytes };
    return { kind: header.type === '2' ? 'link' : 'other', bytes: new Uint8Array() };
  }
}

/** A file above a limit: `engine.error`. */
export function tooLarge(sizeBytes: number, maxBytes: number) {
  return ds01Error('engine.error', {
    message: `A file in the container has ${String(sizeBytes)} bytes; at most ${String(maxBytes)} are read.`,
    details: { sizeBytes, maxBytes },
  });
}

/** pax headers for the next entry and for all, and GNU's long names. */
const notesAboutNext = new Set(['x', 'g', 'L', 'K']);

function headerOf(block: Buffer): Header {
  const checksum = octal(block, 148, 8);
  let sum = 8 * 32;
  for (const [index, byte] of block.entries()) if (index < 148 || index >= 156) sum += byte;
  if (checksum !== sum) throw notAnArchive();
  return {
    type: String.fromCharCode(block.readUInt8(156)),
    sizeBytes: octal(block, 124, 12),
  };
}

function octal(block: Buffer, offset: number, length: number): number {
  const digits = /^[0-7]+/.exec(block.toString('latin1', offset, offset + length).trimStart());
  if (digits === null) throw notAnArchive();
  return Number.parseInt(digits[0], 8);
}

function notAnArchive() {
  return ds01Error('engine.error', {
    message: "The engine's archive of a container's file was not understood.",
  });
}

/** Gives the next so many bytes at each call; fails when the source ends before. */
function createTaker(source: AsyncIterable<Uint8Array>): (count: number) => Promise<Buffer> {
  const iterator = source[Symbol.asyncIterator]();
  let pieces: Uint8Array[] = [];
  let available = 0;
  return async (count) => {
    while (available < count) {
      const next = await iterator.next();
      if (next.done === true) throw notAnArchive();
      pieces.push(next.value);
      available += next.value.length;
    }
    const all = Buffer.concat(pieces);
    pieces = [all.subarray(count)];
    available -= count;
    return all.subarray(0, count);
  };
}

/** An archive with one empty folder, without anybody's name in it. */
export function archiveOfFolder(
  name: string,
  owner: { readonly uid: number; readonly gid: number; readonly mode: number },
): Uint8Array {
  const path = Buffer.from(`${name}/`);
  if (path.length > 100 || Math.max(owner.uid, owner.gid) > 0o7777777) {
    return Buffer.concat([
      paxHeader(name, owner),
      folderHeader(Buffer.from('folder/'), owner),
      end,
    ]);
  }
  return Buffer.concat([folderHeader(path, owner), end]);
}

/** {@link archiveOfFolder} within a folder of root's, which the archive makes too. */
export function archiveOfNested(
  names: { readonly parent: string; readonly name: string },
  owner: { readonly uid: number; readonly gid: number; readonly mode: number },
): Uint8Array {
  const { parent, name } = names;
  const above = folderHeader(Buffer.from(`${parent}/`), { uid: 0, gid: 0, mode: 0o755 });
  return Buffer.concat([above, archiveOfFolder(`${parent}/${name}`, owner)]);
}

const end = Buffer.alloc(2 * blockBytes);

function folderHeader(
  path: Buffer,
  owner: { readonly uid: number; readonly gid: number; readonly mode: number },
): Buffer {
  return header({ path, type: '5', sizeBytes: 0, ...owner });
}

/** For names and ids that the fixed fields have no room for. */
function paxHeader(name: string, owner: { readonly uid: number; readonly gid: number }): Buffer {
  const records = Buffer.from(
    [
      ['path', `${name}/`],
      ['uid', String(owner.uid)],
      ['gid', String(owner.gid)],
    ]
      .map(([key = '', value = '']) => paxRecord(` ${key}=${value}\n`))
      .join(''),
  );
  const padding = Buffer.alloc((blockBytes - (records.length % blockBytes)) % blockBytes);
  const head = header({
    path: Buffer.from('pax'),
    type: 'x',
    sizeBytes: records.length,
    uid: 0,
    gid: 0,
    mode: 0o644,
  });
  return Buffer.concat([head, records, padding]);
}

/** A record begins with its own length, the digits of that length included. */
function paxRecord(rest: string): string {
  const bytes = Buffer.byteLength(rest);
  let length = bytes + 1;
  while (bytes + String(length).length !== length) length += 1;
  return `${String(length)}${rest}`;
}

function header(fields: {
  readonly path: Buffer;
  readonly type: string;
  readonly sizeBytes: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
}): Buffer {
  const block = Buffer.alloc(blockBytes);
  const number = (value: number, offset: number, length: number): void => {
    const limit = 8 ** (length - 1) - 1;
    block.write(
      Math.min(value, limit)
        .toString(8)
        .padStart(length - 1, '0'),
      offset,
      'latin1',
    );
  };
  fields.path.copy(block);
  number(fields.mode, 100, 8);
  number(fields.uid, 108, 8);
  number(fields.gid, 116, 8);
  number(fields.sizeBytes, 124, 12);
  number(0, 136, 12);
  block.write('        ', 148, 'latin1');
  block.write(fields.type, 156, 'latin1');
  block.write('ustar\0' + '00', 257, 'latin1');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
