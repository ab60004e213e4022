import { text } from 'node:stream/consumers';
import { buffer } from 'node:stream/consumers';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createByteReader } from './byte-reader.ts';
import { readTar } from './read-tar.ts';
import { repackContext } from './repack.ts';
import { encodeHeader, endOfArchive, padding, type TarEntry } from './tar-format.ts';

const options = {
  maxMebibytes: 1,
  maxEntries: 10_000,
  dockerfileName: '.ours.dockerfile',
  dockerfile: 'FROM scratch\n',
};

type Given = Partial<TarEntry> & { readonly path: string; readonly contents?: string };

function blocksOf({ contents = '', ...given }: Given): Buffer {
  const bytes = Buffer.from(contents);
  const entry = { kind: 'file', target: '', mode: 0o644, mtimeSeconds: 7, ...given } as const;
  return Buffer.concat([
    encodeHeader({ ...entry, sizeBytes: bytes.length }),
    bytes,
    padding(bytes.length),
  ]);
}

const archiveOf = (...entries: readonly Given[]): Buffer =>
  Buffer.concat([...entries.map(blocksOf), endOfArchive]);

/** A header of any kind, as other programs write it. */
function raw(path: string, type: string, size = 0): Buffer {
  const block = blocksOf({ path });
  block.write(type, 156, 'latin1');
  block.write(size.toString(8).padStart(11, '0'), 124, 'latin1');
  return withChecksum(block);
}

function withChecksum(block: Buffer): Buffer {
  block.fill(' ', 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

async function* inPieces(archive: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < archive.length; at += size) yield archive.subarray(at, at + size);
}

interface Found extends TarEntry {
  readonly contents: string;
}

/** What the engine would see; fails as the stream does. */
async function repacked(archive: Buffer, more: Partial<typeof options> = {}, pieces = 700) {
  const failures: unknown[] = [];
  const stream = repackContext(inPieces(archive, pieces), { ...options, ...more }, (error) =>
    failures.push(error),
  );
  const bytes = await buffer(stream).catch((error: unknown) => {
    expect(failures).toEqual([error]);
    throw error;
  });
  const found: Found[] = [];
  for await (const { entry, contents } of readTar(createByteReader(inPieces(bytes, 512)))) {
    found.push({ ...entry, contents: await text(contents) });
  }
  return found;
}

const ours = [
  { path: '.ours.dockerfile', contents: 'FROM scratch\n' },
  { path: '.dockerignore', contents: '.ours.dockerfile\n.dockerignore\n' },
];
const oursFound = ours.map((file) => expect.objectContaining(file));

const isInvalid = (path: string) =>
  expect.objectContaining({
    code: 'build.context-invalid',
    message: expect.stringContaining(JSON.stringify(path)),
  });

describe('a context that is passed on', () => {
  test('keeps files, folders, links, modes and times; the Dockerfile and what hides it come last', async () => {
    const given = [
      { path: 'src', kind: 'folder', mode: 0o755 },
      { path: 'src/run.sh', contents: 'echo', mode: 0o755 },
      { path: 'link', kind: 'symlink', target: '/etc/hosts' },
      { path: 'same', kind: 'hardlink', target: 'src/run.sh' },
      { path: `${'deep/'.repeat(40)}${'n'.repeat(200)} ü`, contents: 'x' },
    ] as const;
    const found = await repacked(archiveOf(...given));
    expect(found).toEqual([...given.map((entry) => expect.objectContaining(entry)), ...oursFound]);
    expect(found.every(({ mtimeSeconds }) => mtimeSeconds === 7 || mtimeSeconds === 0)).toBe(true);
  });

  test('may be empty, without a byte or with its end alone', async () => {
    expect(await repacked(Buffer.alloc(0))).toEqual(oursFound);
    expect(await repacked(endOfArchive)).toEqual(oursFound);
  });

  test('loses what has the name of the Dockerfile that is sent, and every .dockerignore of its root', async () => {
    const given = [
      { path: './.ours.dockerfile', contents: 'FROM evil\n' },
      { path: '.ours.dockerfile', kind: 'symlink', target: 'Dockerfile' },
      { path: './/.dockerignore', contents: '*' },
      { path: '.dockerignore/a', contents: '*' },
      { path: 'sub/.dockerignore', contents: 'kept' },
      { path: 'Dockerfile', contents: 'FROM mine' },
    ] as const;
    const found = await repacked(archiveOf(...given));
    const kept = [
      { path: 'sub/.dockerignore', contents: 'kept' },
      { path: 'Dockerfile', contents: 'FROM mine' },
    ];
    expect(found).toEqual([...kept.map((entry) => expect.objectContaining(entry)), ...oursFound]);
  });

  test('is the same whatever it holds and in whatever pieces it comes', async () => {
    const name = fc
      .stringMatching(/^[a-z0-9 äß.,=-]{1,120}$/)
      .filter((part) => !/^\.+$/.test(part));
    const path = fc
      .array(name, { minLength: 1, maxLength: 5 })
      .map((parts) => `x/${parts.join('/')}`);
    const file = fc.record({ path, contents: fc.string({ maxLength: 2000 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(file, {
          maxLength: 8,
          selector: (one) => one.path.replaceAll(/[^/]/g, '_'),
        }),
        fc.integer({ min: 1, max: 3000 }),
        async (files, pieces) => {
          const roots = files.map((one, index) => ({ ...one, path: `${index}${one.path}` }));
          const found = await repacked(archiveOf(...roots), {}, pieces);
          expect(
            found.slice(0, -2).map(({ path: at, contents }) => ({ path: at, contents })),
          ).toEqual(roots);
        },
      ),
      { seed: 5, numRuns: 60 },
    );
  });
});

describe('a context is refused, naming the path', () => {
  test.each([
    ['an absolute path', archiveOf({ path: '/etc/passwd' }), '/etc/passwd'],
    ['a path that leads out', archiveOf({ path: 'a/../../b' }), 'a/../../b'],
    ['a name with a line end', archiveOf({ path: 'a\nb' }), 'a\nb'],
    ['a name that is too long', archiveOf({ path: 'n'.repeat(300) }), 'n'.repeat(300)],
    ['a character device', raw('null', '3'), 'null'],
    ['a block device', raw('sda', '4'), 'sda'],
    ['a named pipe', raw('pipe', '6'), 'pipe'],
    ['a sparse file', raw('holes', 'S'), 'holes'],
    ['what nobody knows', raw('odd', 'Z'), 'odd'],
    [
      'a hard link that leads out',
      archiveOf({ path: 'l', kind: 'hardlink', target: '../x' }),
      '../x',
    ],
    ['a hard link to nothing', archiveOf({ path: 'l', kind: 'hardlink', target: 'gone' }), 'l'],
    [
      'what lies below a link',
      archiveOf({ path: 'l', kind: 'symlink', target: '/etc' }, { path: 'l/passwd' }),
      'l/passwd',
    ],
    [
      'what lies below a link that took the place of a folder',
      archiveOf(
        { path: 'd', kind: 'folder' },
        { path: 'd', kind: 'symlink', target: '.' },
        { path: 'd/.dockerignore' },
      ),
      'd/.dockerignore',
    ],
    [
      'a hard link through a link',
      archiveOf(
        { path: 'l', kind: 'symlink', target: '/etc' },
        { path: 'h', kind: 'hardlink', target: 'l/passwd' },
      ),
      'l/passwd',
    ],
    ['a file in place of all', archiveOf({ path: '.' }), '.'],
  ])('%s', async (_what, archive, path) => {
    await expect(repacked(archive)).rejects.toEqual(isInvalid(path));
  });

  test('when it was cut off, wherever', async () => {
    const archive = archiveOf({ path: 'a', contents: 'x'.repeat(600) });
    for (const length of [100, 512, 700, 1600, 1537]) {
      await expect(repacked(archive.subarray(0, length))).rejects.toMatchObject({
        code: 'build.context-invalid',
        message: expect.stringContaining('ended before'),
      });
    }
  });

  test.each([
    ['something else than an archive', Buffer.from('#!/bin/sh\n'.repeat(60))],
    ['a compressed one', Buffer.concat([Buffer.from([0x1f, 0x8b, 8]), Buffer.alloc(600, 1)])],
    [
      'a damaged one',
      Buffer.concat([archiveOf({ path: 'a' }).subarray(0, 512), Buffer.alloc(512, 9)]),
    ],
    ['names that never end', Buffer.concat([raw('l', 'L', 70_000), Buffer.alloc(70_000, 97)])],
    [
      'a name that is no UTF-8',
      Buffer.concat([raw('l', 'L', 2), Buffer.alloc(512, 0xff), raw('a', '0')]),
    ],
    [
      'a pax header that lies',
      Buffer.concat([raw('p', 'x', 20), Buffer.alloc(512, 0x39), raw('a', '0')]),
    ],
  ])('%s', async (_what, archive) => {
    await expect(repacked(archive)).rejects.toMatchObject({ code: 'build.context-invalid' });
  });
});

describe('a context is too large', () => {
  const tooLarge = expect.objectContaining({ code: 'build.context-too-large' });

  test('as soon as a header says so, before what it announces came', async () => {
    await expect(repacked(raw('huge', '0', 2 ** 31))).rejects.toEqual(tooLarge);
  });

  test('when many small files are, together', async () => {
    const contents = 'x'.repeat(1000);
    const files = Array.from({ length: 1100 }, (_, index) => ({ path: String(index), contents }));
    await expect(repacked(archiveOf(...files))).rejects.toEqual(tooLarge);
    expect(await repacked(archiveOf(...files), { maxMebibytes: 2 })).toHaveLength(1102);
  });

  test('when its files are countless, whatever they hold', async () => {
    const same = Array.from({ length: 101 }, () => ({ path: 'a' }));
    await expect(repacked(archiveOf(...same), { maxEntries: 100 })).rejects.toEqual(tooLarge);
  });
});

test('nothing is read ahead of what the engine takes', async () => {
  let produced = 0;
  const source = async function* (): AsyncGenerator<Buffer> {
    yield raw('big', '0', 2 ** 29);
    for (; produced < 2 ** 29; produced += 65_536) yield Buffer.alloc(65_536);
  };
  const stream = repackContext(source(), { ...options, maxMebibytes: 1000 }, () => undefined);
  const reading = stream[Symbol.asyncIterator]();
  await reading.next();
  expect(produced).toBeLessThan(2 ** 21);
  stream.destroy();
});
