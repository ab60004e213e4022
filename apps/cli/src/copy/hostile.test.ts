import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { Readable } from 'node:stream';
import { isDs01Error } from '@ds01/contracts';
import fc from 'fast-check';
import { Header } from 'tar';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { screenEntry } from './screen.ts';
import { unpackInto } from './unpack.ts';

interface Planted {
  readonly type: 'File' | 'Directory' | 'SymbolicLink' | 'Link' | 'CharacterDevice' | 'FIFO';
  readonly path: string;
  readonly linkpath?: string;
  readonly text?: string;
  readonly mode?: number;
}

/** A tar archive of whatever is asked for. */
function archiveOf(entries: readonly Planted[]): Buffer {
  const blocks = entries.flatMap(({ text = '', mode = 0o644, ...entry }) => {
    const header = new Header({ ...entry, mode, size: text.length, mtime: new Date(0) });
    const block = Buffer.alloc(512);
    header.encode(block, 0);
    const body = Buffer.alloc(Math.ceil(text.length / 512) * 512);
    body.write(text);
    return [block, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

let folder = '';
let target = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-hostile-'));
  target = join(folder, 'target');
  mkdirSync(target);
  writeFileSync(join(folder, 'victim'), 'untouched');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function unpack(entries: readonly Planted[]) {
  const notes: string[] = [];
  let code = 'ok';
  try {
    await unpackInto(target, Readable.from([archiveOf(entries)]), {
      landing: { from: 'x', to: 'x' },
      signal: new AbortController().signal,
      checkRoot: () => undefined,
      say: (line) => notes.push(line),
    });
  } catch (error) {
    code = isDs01Error(error) ? error.code : 'error';
  }
  expect(readFileSync(join(folder, 'victim'), 'utf8')).toBe('untouched');
  expect(readdirSync(folder).toSorted()).toEqual(['target', 'victim']);
  return { code, notes };
}

const root: Planted = { type: 'Directory', path: 'x/', mode: 0o755 };

test.each<[string, Planted]>([
  ['an absolute path', { type: 'File', path: '/tmp/ds01-planted', text: '!' }],
  ['a path with ..', { type: 'File', path: 'x/../../victim', text: '!' }],
  ['a path beside the root', { type: 'File', path: 'y', text: '!' }],
  ['a path that only begins like the root', { type: 'File', path: 'xy', text: '!' }],
  ['a hard link out', { type: 'Link', path: 'x/a', linkpath: '../victim' }],
  ['an absolute hard link', { type: 'Link', path: 'x/a', linkpath: '/etc/passwd' }],
  ['a hard link to itself', { type: 'Link', path: 'x/a', linkpath: 'x/a' }],
  ['a hard link to what is below it', { type: 'Link', path: 'x/a', linkpath: 'x/a/b' }],
  ['a hard link to the root', { type: 'Link', path: 'x/a', linkpath: 'x' }],
])('%s is refused', async (_name, entry) => {
  expect(await unpack([root, entry])).toMatchObject({ code: 'copy.unsafe' });
  expect(existsSync('/tmp/ds01-planted')).toBe(false);
});

test('nothing is written through a link of the archive', async () => {
  const { notes } = await unpack([
    root,
    { type: 'SymbolicLink', path: 'x/out', linkpath: '../..' },
    { type: 'File', path: 'x/out/victim', text: '!' },
  ]);
  expect(notes).toHaveLength(1);
  expect(readFileSync(join(target, 'x/out/victim'), 'utf8')).toBe('!');
});

test('nothing is written through a link inside the archive that is replaced', async () => {
  const { code } = await unpack([
    root,
    { type: 'SymbolicLink', path: 'x/a', linkpath: 'b' },
    { type: 'SymbolicLink', path: 'x/b', linkpath: '../..' },
    { type: 'File', path: 'x/a/victim', text: '!' },
  ]);
  expect(code).toBe('error');
});

test('nothing is written through a link that is there already', async () => {
  mkdirSync(join(target, 'x'));
  symlinkSync('../..', join(target, 'x/out'));
  symlinkSync('../../victim', join(target, 'x/file'));
  await unpack([
    root,
    { type: 'File', path: 'x/file', text: '!' },
    { type: 'File', path: 'x/out/victim', text: '!' },
  ]);
  await unpack([root, { type: 'Link', path: 'x/hard', linkpath: 'x/file' }]);
  await unpack([root, { type: 'SymbolicLink', path: 'x/out/link', linkpath: 'y' }]);
});

test('devices and pipes are left out with a note', async () => {
  const { code, notes } = await unpack([
    root,
    { type: 'CharacterDevice', path: 'x/null' },
    { type: 'FIFO', path: 'x/pipe' },
  ]);
  expect({ code, left: notes.length, there: readdirSync(join(target, 'x')) }).toEqual({
    code: 'ok',
    left: 2,
    there: [],
  });
});

test('set-uid, set-gid and sticky bits are cleared', async () => {
  await unpack([
    { ...root, mode: 0o7755 },
    { type: 'File', path: 'x/a', mode: 0o6755, text: '!' },
  ]);
  expect(statSync(join(target, 'x')).mode & 0o7777).toBe(0o755);
  expect(statSync(join(target, 'x/a')).mode & 0o7777).toBe(0o755);
});

test('what is no archive is an error', async () => {
  const notes: string[] = [];
  const unpacking = unpackInto(target, Readable.from([Buffer.alloc(4096, 'no')]), {
    landing: { from: 'x', to: 'x' },
    signal: new AbortController().signal,
    checkRoot: () => undefined,
    say: (line) => notes.push(line),
  });
  await expect(unpacking).rejects.toThrow(/checksum/);
  expect(readdirSync(target)).toEqual([]);
});

test('whatever an entry is called, it lands below the root or nowhere', () => {
  const part = fc.constantFrom('x', '..', '.', '', 'a', 'x/..', '\0');
  const path = fc.array(part, { maxLength: 6 }).map((parts) => parts.join('/'));
  const type = fc.constantFrom('File', 'Directory', 'Link', 'SymbolicLink', 'FIFO');
  const landing = fc.record({ from: fc.constantFrom('x', ''), to: fc.constantFrom('y', '') });
  fc.assert(
    fc.property(path, path, type, landing, (from, linkpath, kind, place) => {
      try {
        const verdict = screenEntry({ path: from, linkpath, type: kind }, place);
        if (verdict.kind === 'skip') return;
        const places =
          verdict.kind === 'write'
            ? [verdict.path, verdict.linkpath ?? verdict.path]
            : [verdict.path, posix.join(posix.dirname(verdict.path), verdict.target)];
        for (const reached of places) {
          const clean = posix.normalize(reached);
          expect(clean.startsWith('..') || clean.startsWith('/')).toBe(false);
          expect(place.to === '' || clean === 'y' || clean.startsWith('y/')).toBe(true);
        }
      } catch (error) {
        if (!isDs01Error(error)) throw error;
        expect(error.code).toBe('copy.unsafe');
      }
    }),
  );
});
