import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { ByteReader } from './byte-reader.ts';
import { checkPath, invalidContext } from './paths.ts';
import {
  blockBytes,
  decodeHeader,
  isEndBlock,
  padding,
  utf8,
  type EntryKind,
  type RawHeader,
  type TarEntry,
} from './tar-format.ts';

/** Most bytes of names and other extensions before one entry. */
const maxExtensionBytes = 65_536;

const kinds: Readonly<Record<string, EntryKind>> = {
  '0': 'file',
  '\0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '5': 'folder',
};

const refusedKinds: Readonly<Record<string, string>> = {
  '3': 'a device',
  '4': 'a device',
  '6': 'a named pipe',
  S: 'a sparse file',
};

/** Extensions that stand before an entry and replace its fields. */
interface Extension {
  readonly path?: string;
  readonly target?: string;
  readonly sizeBytes?: number;
}

/**
 * The entries of an archive (ustar, pax, GNU), each with its contents, which have to be read before the
 * next one. Only files, folders and links; anything else, and anything that isn't whole or has a
 * path that leads out, is `build.context-invalid`. An archive without a byte is an empty one; any
 * other has to have its end, so that one that was cut off is none.
 */
export async function* readTar(
  reader: ByteReader,
): AsyncGenerator<{ readonly entry: TarEntry; readonly contents: AsyncGenerator<Buffer> }> {
  let isFirst = true;
  let extension: Extension = {};
  let extensionBytes = 0;
  for (;;) {
    const block = await reader.read(blockBytes);
    if (isFirst && block.length === 0) return;
    if (block.length < blockBytes) throw cutOff();
    if (isEndBlock(block)) return;
    const header = decodeHeader(block);
    if (header === null) throw notAnArchive(isFirst);
    isFirst = false;
    if (/[xgLK]/.test(header.type)) {
      extensionBytes += header.sizeBytes + blockBytes;
      if (extensionBytes > maxExtensionBytes) {
        throw invalidContext('', `a name in it is longer than ${String(maxExtensionBytes)} bytes`);
      }
      const bytes = await whole(reader, header.sizeBytes);
      await whole(reader, padding(bytes.length).length);
      extension = { ...extension, ...extensionOf(header.type, bytes) };
      continue;
    }
    const entry = entryOf(header, extension);
    extension = {};
    extensionBytes = 0;
    yield { entry, contents: contentsOf(reader, entry.sizeBytes) };
  }
}

async function* contentsOf(reader: ByteReader, length: number): AsyncGenerator<Buffer> {
  const isWhole = yield* reader.pieces(length);
  if (!isWhole) throw cutOff();
  await whole(reader, padding(length).length);
}

async function whole(reader: ByteReader, length: number): Promise<Buffer> {
  const bytes = await reader.read(length);
  if (bytes.length < length) throw cutOff();
  return bytes;
}

function entryOf(header: RawHeader, extension: Extension): TarEntry {
  const given = extension.path ?? header.path;
  const target = extension.target ?? header.target;
  const kind = kinds[header.type];
  if (kind === undefined) {
    throw invalidContext(
      given,
      `is ${refusedKinds[header.type] ?? 'neither file, folder nor link'}`,
    );
  }
  const path = checkPath(given);
  const isFolder = kind === 'folder' || (kind === 'file' && given.endsWith('/'));
  const isFile = kind === 'file' && !isFolder;
  if (kind === 'symlink' && (target === '' || target.length > 4096 || /\p{Cc}/u.test(target))) {
    throw invalidContext(path, 'is a link that leads nowhere');
  }
  return {
    kind: isFolder ? 'folder' : kind,
    path,
    target: kind === 'hardlink' ? checkPath(target) : kind === 'symlink' ? target : '',
    mode: header.mode & 0o7777,
    sizeBytes: isFile ? (extension.sizeBytes ?? header.sizeBytes) : 0,
    mtimeSeconds: header.mtimeSeconds,
  };
}

function extensionOf(type: string, bytes: Buffer): Extension {
  if (type === 'g') return {};
  if (type === 'x') return paxOf(bytes);
  const end = bytes.indexOf(0);
  const text = utf8(end === -1 ? bytes : bytes.subarray(0, end));
  if (text === null) throw invalidContext('', 'a name in it is no UTF-8');
  return type === 'L' ? { path: text } : { target: text };
}

/** Records of `<length> <key>=<value>\n`, where the length counts all of it. */
function paxOf(bytes: Buffer): Extension {
  let extension: Extension = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(' ', at);
    const length = Number(/^\d{1,6}$/.exec(bytes.toString('latin1', at, Math.max(at, space)))?.[0]);
    const end = at + length;
    const record = end <= bytes.length ? utf8(bytes.subarray(space + 1, end - 1)) : null;
    if (!(end > space) || record === null || bytes[end - 1] !== 0x0a) {
      throw invalidContext('', 'a pax header in it is damaged, or no UTF-8');
    }
    const [, key = '', value = ''] = /^([^=]*)=(.*)$/s.exec(record) ?? [];
    extension = { ...extension, ...paxField(key, value) };
    at = end;
  }
  return extension;
}

function paxField(key: string, value: string): Extension {
  if (key.startsWith('GNU.sparse')) throw invalidContext('', 'it holds a sparse file');
  if (key === 'path') return { path: value };
  if (key === 'linkpath') return { target: value };
  if (key !== 'size') return {};
  const sizeBytes = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(sizeBytes)) throw invalidContext('', 'a size in it is no number');
  return { sizeBytes };
}

function notAnArchive(isFirst: boolean): Ds01Error {
  return invalidContext('', isFirst ? 'it is no tar archive' : 'it is damaged');
}

function cutOff(): Ds01Error {
  return ds01Error('build.context-invalid', {
    message: 'The build context ended before it was complete.',
    hint: 'run the same command again',
  });
}
