/** Everything in an archive is a multiple of this. POSIX.1-2017, pax, "ustar Interchange Format". */
export const blockBytes = 512;

/** What an entry of a build context may be. */
export type EntryKind = 'file' | 'folder' | 'symlink' | 'hardlink';

/** An entry of an archive, without its contents. */
export interface TarEntry {
  readonly kind: EntryKind;
  /** Relative, without `.` and `..`, and without a slash at either end. */
  readonly path: string;
  /** What a link leads to. */
  readonly target: string;
  /** Permissions, with the bits for set-uid, set-gid and sticky. */
  readonly mode: number;
  readonly sizeBytes: number;
  /** Whole seconds. */
  readonly mtimeSeconds: number;
}

/** Fields of a header block as they are, none of them checked. */
export interface RawHeader {
  readonly path: string;
  readonly target: string;
  readonly type: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly mtimeSeconds: number;
}

const at = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  link: [157, 100],
  magic: [257, 8],
  prefix: [345, 155],
} as const;

type Field = keyof typeof at;

const zeros = Buffer.alloc(blockBytes);
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** True for the blocks of zeros that end an archive. */
export function isEndBlock(block: Buffer): boolean {
  return block.equals(zeros);
}

/** The fields of a header block; `null` for a block that is none. */
export function decodeHeader(block: Buffer): RawHeader | null {
  const [checksum, mode, sizeBytes, mtimeSeconds] = (
    ['checksum', 'mode', 'size', 'mtime'] as const
  ).map((field) => numberOf(block, field));
  const name = textOf(block, 'name');
  const target = textOf(block, 'link');
  if (checksum !== sumOf(block) || name === null || target === null) return null;
  if (mode === undefined || sizeBytes === undefined || mtimeSeconds === undefined) return null;
  const isPosix = block.toString('latin1', 257, 265) === 'ustar\x0000';
  const prefix = isPosix ? textOf(block, 'prefix') : '';
  if (prefix === null) return null;
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    target,
    type: String.fromCharCode(block[at.type[0]] ?? 0),
    mode,
    sizeBytes,
    mtimeSeconds,
  };
}

/** The checksum's own field counts as spaces. */
function sumOf(block: Buffer): number {
  const [start, length] = at.checksum;
  let sum = length * 0x20;
  for (let index = 0; index < start; index += 1) sum += block[index] ?? 0;
  for (let index = start + length; index < blockBytes; index += 1) sum += block[index] ?? 0;
  return sum;
}

/** `null` for bytes that are no UTF-8. */
export function utf8(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

function fieldOf(block: Buffer, field: Field): Buffer {
  const [start, length] = at[field];
  return block.subarray(start, start + length);
}

function textOf(block: Buffer, field: Field): string | null {
  const bytes = fieldOf(block, field);
  const end = bytes.indexOf(0);
  return utf8(end === -1 ? bytes : bytes.subarray(0, end));
}

/** Octal digits, or base 256 as GNU tar writes what needs more of them. */
function numberOf(block: Buffer, field: Field): number | undefined {
  const bytes = fieldOf(block, field);
  const first = bytes[0] ?? 0;
  if (first === 0x80) {
    const value = bytes.subarray(1).reduce((total, byte) => total * 256 + byte, 0);
    return Number.isSafeInteger(value) ? value : undefined;
  }
  const text = bytes
    .toString('latin1')
    .replace(/[\0 ]+$/, '')
    .trimStart();
  if (text === '') return 0;
  return /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined;
}

const types: Readonly<Record<EntryKind, string>> = {
  file: '0',
  hardlink: '1',
  symlink: '2',
  folder: '5',
};

/** The blocks that stand before an entry's contents; everything belongs to root. */
export function encodeHeader(entry: TarEntry): Buffer {
  const path = entry.kind === 'folder' ? `${entry.path}/` : entry.path;
  const records = [
    ...(isShort(path) ? [] : [['path', path] as const]),
    ...(isShort(entry.target) ? [] : [['linkpath', entry.target] as const]),
    ...(entry.sizeBytes <= maxOctalSize ? [] : [['size', String(entry.sizeBytes)] as const]),
  ];
  const plain = ustar(types[entry.kind], entry, {
    path: isShort(path) ? path : 'long',
    target: isShort(entry.target) ? entry.target : 'long',
  });
  if (records.length === 0) return plain;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const extended = { ...entry, sizeBytes: body.length, mode: 0o644 };
  const header = ustar('x', extended, { path: 'pax', target: '' });
  return Buffer.concat([header, body, padding(body.length), plain]);
}

/** Zeros that fill the last block of so many bytes. */
export function padding(length: number): Buffer {
  return Buffer.alloc((blockBytes - (length % blockBytes)) % blockBytes);
}

/** What ends an archive. */
export const endOfArchive: Buffer = Buffer.alloc(2 * blockBytes);

const maxOctalSize = 0o77777777777;

function isShort(text: string): boolean {
  return text.length <= 100 && /^[\x20-\x7e]*$/.test(text);
}

/** `27 path=some/file\n`: its length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length += 1;
  return Buffer.from(`${String(length)} ${key}=${value}\n`);
}

function ustar(
  type: string,
  { mode, sizeBytes, mtimeSeconds }: Pick<TarEntry, 'mode' | 'sizeBytes' | 'mtimeSeconds'>,
  names: { readonly path: string; readonly target: string },
): Buffer {
  const block = Buffer.alloc(blockBytes);
  const write = (field: Field, text: string): void =>
    void block.write(text, at[field][0], 'latin1');
  const octal = (field: Field, value: number): void =>
    write(field, value.toString(8).padStart(at[field][1] - 1, '0'));
  write('name', names.path);
  octal('mode', mode);
  octal('uid', 0);
  octal('gid', 0);
  octal('size', Math.min(sizeBytes, maxOctalSize));
  octal('mtime', Math.max(0, Math.min(mtimeSeconds, maxOctalSize)));
  write('type', type);
  write('link', names.target);
  write('magic', 'ustar\x0000');
  write('checksum', `${sumOf(block).toString(8).padStart(6, '0')}\0 `);
  return block;
}
