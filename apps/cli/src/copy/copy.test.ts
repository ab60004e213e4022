import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { codeOf, expectTree, makeTree, text, useSides } from './testing/sides.ts';

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const tars: readonly (readonly string[])[] = [
  ['tar'],
  ...(busybox === undefined ? [] : [[busybox, 'tar']]),
];

const sides = useSides();

describe.each(tars.map((tar) => [tar.join(' '), tar] as const))('copying with %s', (_name, tar) => {
  test('a folder goes under its name into a folder that is there, else it gets the new name', async () => {
    makeTree(sides.here);
    await sides.copy('tree', 'thesis:/', { tar });
    expectTree(join(sides.inside, 'tree'));
    await sides.copy('tree', 'thesis:/other', { tar });
    expectTree(join(sides.inside, 'other'));
    mkdirSync(join(sides.inside, 'into'));
    await sides.copy('tree/', 'thesis:into', { tar });
    expectTree(join(sides.inside, 'into/tree'));
    await sides.copy('tree/.', 'thesis:/flat', { tar });
    expectTree(join(sides.inside, 'flat'));
    await sides.copy('tree/.', 'thesis:/into', { tar });
    expectTree(join(sides.inside, 'into'));

    await sides.copy('thesis:tree', 'back', { tar });
    expectTree(join(sides.here, 'back'));
    mkdirSync(join(sides.here, 'there'));
    await sides.copy('thesis:/tree/', 'there', { tar });
    expectTree(join(sides.here, 'there/tree'));
    await sides.copy('thesis:/tree/.', 'there', { tar });
    expectTree(join(sides.here, 'there'));
    await sides.copy('thesis:/tree/.', 'new', { tar });
    expectTree(join(sides.here, 'new'));
  });

  test('a file is renamed, goes into a folder, or is written over another', async () => {
    writeFileSync(join(sides.here, 'one'), '1');
    await sides.copy('one', 'thesis:/two', { tar });
    expect(text(join(sides.inside, 'two'))).toBe('1');
    mkdirSync(join(sides.inside, 'sub'));
    await sides.copy('./one', 'thesis:/sub', { tar });
    expect(text(join(sides.inside, 'sub/one'))).toBe('1');
    await sides.copy('thesis:/two', 'three', { tar });
    expect(text(join(sides.here, 'three'))).toBe('1');
    writeFileSync(join(sides.inside, 'two'), 'new');
    await sides.copy('thesis:/two', 'three', { tar });
    expect(text(join(sides.here, 'three'))).toBe('new');
    await sides.copy('thesis:/two', '.', { tar });
    expect(text(join(sides.here, 'two'))).toBe('new');
  });

  test('names with white space, dashes, long ones and many bytes arrive', async () => {
    const name = `-x ${'long-'.repeat(30)}ä`;
    const bytes = Buffer.alloc(3_000_000, 'xyz');
    writeFileSync(join(sides.here, name), bytes);
    await sides.copy(`./${name}`, 'thesis:/', { tar });
    expect(readFileSync(join(sides.inside, name)).equals(bytes)).toBe(true);
    await sides.copy(`thesis:/${name}`, 'back', { tar });
    expect(readFileSync(join(sides.here, 'back')).equals(bytes)).toBe(true);
  });

  test('- is an archive on stdout and stdin', async () => {
    makeTree(sides.inside);
    const { archive } = await sides.copy('thesis:/tree', '-', { tar });
    mkdirSync(join(sides.inside, 'again'));
    await sides.copy('-', 'thesis:/again', { tar, stdin: Readable.from([archive]) });
    expectTree(join(sides.inside, 'again/tree'));
  });

  test('what is not there is not found, on both sides', async () => {
    writeFileSync(join(sides.here, 'file'), '');
    expect(await codeOf(sides.copy('thesis:/none', 'x', { tar }))).toBe('copy.not-found');
    expect(await codeOf(sides.copy('none', 'thesis:/x', { tar }))).toBe('copy.not-found');
    expect(await codeOf(sides.copy('file', 'thesis:/new/', { tar }))).toBe('copy.not-found');
    expect(await codeOf(sides.copy('file', 'thesis:/no/such/place', { tar }))).toBe('copy.failed');
    expect(await codeOf(sides.copy('thesis:/none', 'no/such/place', { tar }))).toBe(
      'file.not-found',
    );
    expect(existsSync(join(sides.here, 'x'))).toBe(false);
  });

  test('a folder is not copied onto a file', async () => {
    makeTree(sides.here);
    makeTree(sides.inside);
    writeFileSync(join(sides.here, 'file'), 'mine');
    writeFileSync(join(sides.inside, 'file'), 'mine');
    expect(await codeOf(sides.copy('thesis:/tree', 'file', { tar }))).toBe('copy.failed');
    expect(text(join(sides.here, 'file'))).toBe('mine');
    expect(await codeOf(sides.copy('tree', 'thesis:/file', { tar }))).toBe('copy.failed');
  });
});

test('set-uid bits are cleared in both directions', async () => {
  for (const root of [sides.here, sides.inside]) {
    writeFileSync(join(root, 'program'), '', { mode: 0o755 });
    chmodSync(join(root, 'program'), 0o6755);
  }
  await sides.copy('thesis:/program', 'got');
  expect(statSync(join(sides.here, 'got')).mode & 0o7777).toBe(0o755);
  await sides.copy('program', 'thesis:/sent');
  expect(statSync(join(sides.inside, 'sent')).mode & 0o7777).toBe(0o755);
});

test('hard links stay links, under the new name too', async () => {
  makeTree(sides.inside);
  execFileSync('ln', [join(sides.inside, 'tree/a.txt'), join(sides.inside, 'tree/same')]);
  await sides.copy('thesis:/tree', 'new');
  expect(statSync(join(sides.here, 'new/same')).ino).toBe(
    statSync(join(sides.here, 'new/a.txt')).ino,
  );
  await sides.copy('new', 'thesis:/back');
  expect(statSync(join(sides.inside, 'back/same')).ino).toBe(
    statSync(join(sides.inside, 'back/a.txt')).ino,
  );
});

test('links that lead out and pipes are left out, with a note each', async () => {
  makeTree(sides.inside);
  symlinkSync('/etc/passwd', join(sides.inside, 'tree/absolute'));
  symlinkSync('../../secret', join(sides.inside, 'tree/up'));
  execFileSync('mkfifo', [join(sides.inside, 'tree/pipe')]);
  const { notes } = await sides.copy('thesis:/tree', 'got');
  expectTree(join(sides.here, 'got'));
  expect(notes.toSorted()).toEqual([
    expect.stringContaining('left out "tree/absolute": it is a link'),
    expect.stringContaining('left out "tree/pipe": it is a FIFO'),
    expect.stringContaining('left out "tree/up": it is a link'),
  ]);
  expect(existsSync(join(sides.here, 'got/absolute'))).toBe(false);
  const sent = await sides.copy('got', 'thesis:/again');
  expect(sent.notes).toEqual([]);
});

test('a link is copied as what it leads to when that is asked for', async () => {
  makeTree(sides.inside);
  symlinkSync('tree', join(sides.inside, 'current'));
  expect(await codeOf(sides.copy('thesis:/current', 'got'))).toBe('copy.failed');
  await sides.copy('thesis:/current', 'got', { followLinks: true });
  expect(lstatSync(join(sides.here, 'got/link')).isFile()).toBe(true);
});

test('pipes on this side are left out with a note', async () => {
  makeTree(sides.here);
  execFileSync('mkfifo', [join(sides.here, 'tree/pipe')]);
  const { notes } = await sides.copy('tree', 'thesis:/new');
  expect(notes).toEqual(['left out "tree/pipe": it is no file, folder or link']);
  expectTree(join(sides.inside, 'new'));
});
