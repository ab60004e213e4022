import { ds01Error } from '@ds01/contracts';
import { filesOf, type InMemoryFile, type MemoryFiles } from './files.ts';

const blockBytes = 512;

/**
 * Files of a tar archive (ustar with pax and GNU long names) by path without leading slash; owners
 * and modes are not looked at, other kinds are left out. Fails with `engine.error`.
 */
export function readArchive(archive: Buffer): ReadonlyMap<string, InMemoryFile> {
  const files = new Map<string, InMemoryFile>();
  let noted: Notes = {};
  for (let at = 0; at + blockBytes <= archive.length;) {
    const header = archive.subarray(at, at + blockBytes);
    if (header.every((byte) => byte === 0)) return files;
    if (!header.toString('latin1', 257, 262).startsWith('ustar')) throw broken();
    const type = String.fromCharCode(header.readUInt8(156));
    const size = Number.parseInt(textAt(header, 124, 12).trim(), 8);
    if (!Number.isSafeInteger(size)) throw broken();
    const content = archive.subarray(at + blockBytes, at + blockBytes + size);
    at += blockBytes + Math.ceil(size / blockBytes) * blockBytes;
    if (type === 'g') continue;
    if (type === 'x' || type === 'L' || type === 'K') {
      noted = { ...noted, ...notesIn(type, content) };
      continue;
    }
    const name = noted.path ?? `${prefixOf(header)}${textAt(header, 0, 100)}`;
    const linkTo = noted.linkpath ?? textAt(header, 157, 100);
    noted = {};
    const path = name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, '');
    const entry = entryOf(type, { content, linkTo });
    if (entry !== null && path !== '' && path !== '.') files.set(path, entry);
  }
  return files;
}

interface Notes {
  readonly path?: string | undefined;
  readonly linkpath?: string | undefined;
}

function notesIn(type: string, content: Buffer): Notes {
  const text = content.toString('utf8');
  if (type === 'L') return { path: text.replace(/\0+$/, '') };
  if (type === 'K') return { linkpath: text.replace(/\0+$/, '') };
  const path = /(?:^|\n)\d+ path=(.*)\n/.exec(text)?.[1];
  const linkpath = /(?:^|\n)\d+ linkpath=(.*)\n/.exec(text)?.[1];
  return {
    ...(path === undefined ? {} : { path }),
    ...(linkpath === undefined ? {} : { linkpath }),
  };
}

function entryOf(
  type: string,
  { content, linkTo }: { readonly content: Buffer; readonly linkTo: string },
): InMemoryFile | null {
  if (type === '5') return { folder: true };
  if (type === '2') return { linkTo };
  return type === '0' || type === '\0' ? content.toString('utf8') : null;
}

function prefixOf(header: Buffer): string {
  const prefix = textAt(header, 345, 155);
  return prefix === '' ? '' : `${prefix}/`;
}

function textAt(header: Buffer, start: number, length: number): string {
  const field = header.toString('utf8', start, start + length);
  const end = field.indexOf('\0');
  return end === -1 ? field : field.slice(0, end);
}

function broken() {
  return ds01Error('engine.error', { message: 'archive/tar: invalid tar header' });
}

/** All files as an archive of root's. */
export function writeArchive(files: Readonly<Record<string, InMemoryFile>> | MemoryFiles): Buffer {
  const all = files instanceof Map ? files : filesOf(files);
  const blocks: Buffer[] = [];
  for (const [path, file] of all) {
    if (path === '/') continue;
    const name = path.slice(1);
    if (typeof file === 'string') blocks.push(...fileBlocks(name, Buffer.from(file)));
    else if ('folder' in file) blocks.push(headerOf({ name: `${name}/`, type: '5' }));
    else blocks.push(headerOf({ name, type: '2', linkTo: file.linkTo }));
  }
  return Buffer.concat([...blocks, Buffer.alloc(2 * blockBytes)]);
}

function fileBlocks(name: string, content: Buffer): readonly Buffer[] {
  return [headerOf({ name, type: '0', size: content.length }), padded(content)];
}

function padded(content: Buffer): Buffer {
  const size = Math.ceil(content.length / blockBytes) * blockBytes;
  return Buffer.concat([content], size);
}

function headerOf(entry: {
  readonly name: string;
  readonly type: string;
  readonly size?: number;
  readonly linkTo?: string;
}): Buffer {
  const name = Buffer.from(entry.name);
  if (name.length > 100) {
    const long = padded(Buffer.concat([name, Buffer.from([0])]));
    const note = headerOf({ name: '././@LongLink', type: 'L', size: name.length + 1 });
    return Buffer.concat([note, long, headerOf({ ...entry, name: 'long' })]);
  }
  const block = Buffer.alloc(blockBytes);
  name.copy(block);
  block.write(entry.type === '5' ? '0000755' : '0000644', 100);
  for (const at of [108, 116]) block.write('0000000', at);
  block.write((entry.size ?? 0).toString(8).padStart(11, '0'), 124);
  block.write('00000000000', 136);
  block.write('        ', 148);
  block.write(entry.type, 156);
  block.write(entry.linkTo ?? '', 157, 100);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
