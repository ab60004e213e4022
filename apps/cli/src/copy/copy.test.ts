import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { isDs01Error } from '@ds01/contracts';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { copyWithContainer } from './copy.ts';
import { copyOperandsOf } from './operands.ts';
import type { CopySession, CopyWorld, OpenCopySession } from './session.ts';

const busybox = ['/bin/busybox', '/usr/bin/busybox'].find((path) => existsSync(path));
const tars: readonly (readonly string[])[] = [
  ['tar'],
  ...(busybox === undefined ? [] : [[busybox, 'tar']]),
];

let folder = '';
let inside = '';
let here = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ds01-copy-'));
  inside = join(folder, 'inside');
  here = join(folder, 'here');
  mkdirSync(inside);
  mkdirSync(here);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the program with `inside` in place of the container's root. */
const openLocally =
  (tar: readonly string[]): OpenCopySession =>
  async (command) => {
    const words = command.map((word, index) =>
      command[index - 1] === '-C' ? inside + word : word,
    );
    const [program = '', ...rest] = [...tar, ...words.slice(1)];
    const child = spawn(program, rest, { stdio: 'pipe' });
    const exited = new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    });
    const { stdin, stdout, stderr } = child;
    return Promise.resolve({ stdin, stdout, stderr, exited, close: () => void child.kill() });
  };

interface Copied {
  readonly notes: readonly string[];
  readonly archive: Buffer;
}

async function copy(
  from: string,
  to: string,
  options: Partial<CopyWorld> & { readonly tar?: readonly string[] } = {},
): Promise<Copied> {
  const notes: string[] = [];
  const stdout = new PassThrough();
  const archive = buffer(stdout);
  const world: CopyWorld = {
    open: openLocally(options.tar ?? ['tar']),
    cwd: here,
    stdin: Readable.from([]),
    stdout,
    followLinks: false,
    signal: new AbortController().signal,
    say: (line) => notes.push(line),
    ...options,
  };
  await copyWithContainer(world, copyOperandsOf(from, to));
  stdout.end();
  return { notes, archive: await archive };
}

async function codeOf(copying: Promise<unknown>): Promise<string> {
  try {
    await copying;
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
  return 'ok';
}

const text = (path: string): string => readFileSync(path, 'utf8');

/** A session whose process sends these bytes, says this and ends so. */
const sending =
  (
    bytes: Buffer,
    { code = 0, said = '' }: { code?: number | null; said?: string } = {},
  ): OpenCopySession =>
  async () => {
    const session: CopySession = {
      stdin: null,
      stdout: Readable.from([bytes]),
      stderr: Readable.from([Buffer.from(said)]),
      exited: Promise.resolve(code),
      close: () => undefined,
    };
    return Promise.resolve(session);
  };

function makeTree(root: string): void {
  mkdirSync(join(root, 'tree/deep'), { recursive: true });
  writeFileSync(join(root, 'tree/a.txt'), 'a');
  writeFileSync(join(root, 'tree/deep/run.sh'), 'run', { mode: 0o755 });
  symlinkSync('a.txt', join(root, 'tree/link'));
  symlinkSync('link', join(root, 'tree/link-to-link'));
}

function expectTree(root: string): void {
  expect(text(join(root, 'a.txt'))).toBe('a');
  expect(text(join(root, 'deep/run.sh'))).toBe('run');
  expect(statSync(join(root, 'deep/run.sh')).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(root, 'link'))).toBe('a.txt');
  expect(readlinkSync(join(root, 'link-to-link'))).toBe('link');
}

describe.each(tars.map((tar) => [tar.join(' '), tar] as const))('copying with %s', (_name, tar) => {
  test('a folder goes under its name into a folder that is there, else it gets the new name', async () => {
    makeTree(here);
    await copy('tree', 'thesis:/', { tar });
    expectTree(join(inside, 'tree'));
    await copy('tree', 'thesis:/other', { tar });
    expectTree(join(inside, 'other'));
    mkdirSync(join(inside, 'into'));
    await copy('tree/', 'thesis:into', { tar });
    expectTree(join(inside, 'into/tree'));
    await copy('tree/.', 'thesis:/flat', { tar });
    expectTree(join(inside, 'flat'));
    await copy('tree/.', 'thesis:/into', { tar });
    expectTree(join(inside, 'into'));

    await copy('thesis:tree', 'back', { tar });
    expectTree(join(here, 'back'));
    mkdirSync(join(here, 'there'));
    await copy('thesis:/tree/', 'there', { tar });
    expectTree(join(here, 'there/tree'));
    await copy('thesis:/tree/.', 'there', { tar });
    expectTree(join(here, 'there'));
    await copy('thesis:/tree/.', 'new', { tar });
    expectTree(join(here, 'new'));
  });

  test('a file is renamed, goes into a folder, or is written over another', async () => {
    writeFileSync(join(here, 'one'), '1');
    await copy('one', 'thesis:/two', { tar });
    expect(text(join(inside, 'two'))).toBe('1');
    mkdirSync(join(inside, 'sub'));
    await copy('./one', 'thesis:/sub', { tar });
    expect(text(join(inside, 'sub/one'))).toBe('1');
    await copy('thesis:/two', 'three', { tar });
    expect(text(join(here, 'three'))).toBe('1');
    writeFileSync(join(inside, 'two'), 'new');
    await copy('thesis:/two', 'three', { tar });
    expect(text(join(here, 'three'))).toBe('new');
    await copy('thesis:/two', '.', { tar });
    expect(text(join(here, 'two'))).toBe('new');
  });

  test('names with white space, dashes, long ones and many bytes arrive', async () => {
    const name = `-x ${'long-'.repeat(30)}ä`;
    const bytes = Buffer.alloc(3_000_000, 'xyz');
    writeFileSync(join(here, name), bytes);
    await copy(`./${name}`, 'thesis:/', { tar });
    expect(readFileSync(join(inside, name)).equals(bytes)).toBe(true);
    await copy(`thesis:/${name}`, 'back', { tar });
    expect(readFileSync(join(here, 'back')).equals(bytes)).toBe(true);
  });

  test('- is an archive on stdout and stdin', async () => {
    makeTree(inside);
    const { archive } = await copy('thesis:/tree', '-', { tar });
    mkdirSync(join(inside, 'again'));
    await copy('-', 'thesis:/again', { tar, stdin: Readable.from([archive]) });
    expectTree(join(inside, 'again/tree'));
  });

  test('what is not there is not found, on both sides', async () => {
    writeFileSync(join(here, 'file'), '');
    expect(await codeOf(copy('thesis:/none', 'x', { tar }))).toBe('copy.not-found');
    expect(await codeOf(copy('none', 'thesis:/x', { tar }))).toBe('copy.not-found');
    expect(await codeOf(copy('file', 'thesis:/new/', { tar }))).toBe('copy.not-found');
    expect(await codeOf(copy('file', 'thesis:/no/such/place', { tar }))).toBe('copy.failed');
    expect(await codeOf(copy('thesis:/none', 'no/such/place', { tar }))).toBe('file.not-found');
    expect(existsSync(join(here, 'x'))).toBe(false);
  });

  test('a folder is not copied onto a file', async () => {
    makeTree(here);
    makeTree(inside);
    writeFileSync(join(here, 'file'), 'mine');
    writeFileSync(join(inside, 'file'), 'mine');
    expect(await codeOf(copy('thesis:/tree', 'file', { tar }))).toBe('copy.failed');
    expect(text(join(here, 'file'))).toBe('mine');
    expect(await codeOf(copy('tree', 'thesis:/file', { tar }))).toBe('copy.failed');
  });
});

test('set-uid bits are cleared in both directions', async () => {
  for (const root of [here, inside]) {
    writeFileSync(join(root, 'program'), '', { mode: 0o755 });
    chmodSync(join(root, 'program'), 0o6755);
  }
  await copy('thesis:/program', 'got');
  expect(statSync(join(here, 'got')).mode & 0o7777).toBe(0o755);
  await copy('program', 'thesis:/sent');
  expect(statSync(join(inside, 'sent')).mode & 0o7777).toBe(0o755);
});

test('hard links stay links, under the new name too', async () => {
  makeTree(inside);
  execFileSync('ln', [join(inside, 'tree/a.txt'), join(inside, 'tree/same')]);
  await copy('thesis:/tree', 'new');
  expect(statSync(join(here, 'new/same')).ino).toBe(statSync(join(here, 'new/a.txt')).ino);
  await copy('new', 'thesis:/back');
  expect(statSync(join(inside, 'back/same')).ino).toBe(statSync(join(inside, 'back/a.txt')).ino);
});

test('links that lead out and pipes are left out, with a note each', async () => {
  makeTree(inside);
  symlinkSync('/etc/passwd', join(inside, 'tree/absolute'));
  symlinkSync('../../secret', join(inside, 'tree/up'));
  execFileSync('mkfifo', [join(inside, 'tree/pipe')]);
  const { notes } = await copy('thesis:/tree', 'got');
  expectTree(join(here, 'got'));
  expect(notes.toSorted()).toEqual([
    expect.stringContaining('left out "tree/absolute": it is a link'),
    expect.stringContaining('left out "tree/pipe": it is a FIFO'),
    expect.stringContaining('left out "tree/up": it is a link'),
  ]);
  expect(existsSync(join(here, 'got/absolute'))).toBe(false);
  const sent = await copy('got', 'thesis:/again');
  expect(sent.notes).toEqual([]);
});

test('a link is copied as what it leads to when that is asked for', async () => {
  makeTree(inside);
  symlinkSync('tree', join(inside, 'current'));
  expect(await codeOf(copy('thesis:/current', 'got'))).toBe('copy.failed');
  await copy('thesis:/current', 'got', { followLinks: true });
  expect(lstatSync(join(here, 'got/link')).isFile()).toBe(true);
});

test('pipes on this side are left out with a note', async () => {
  makeTree(here);
  execFileSync('mkfifo', [join(here, 'tree/pipe')]);
  const { notes } = await copy('tree', 'thesis:/new');
  expect(notes).toEqual(['left out "tree/pipe": it is no file, folder or link']);
  expectTree(join(inside, 'new'));
});

describe('an image without tar', () => {
  test.each([126, 127])('is told by exit code %d', async (code) => {
    writeFileSync(join(here, 'file'), '');
    const noise = Buffer.from('OCI runtime exec failed: exec: "tar": executable file not found');
    const open = sending(noise, { code });
    expect(await codeOf(copy('thesis:/x', 'got', { open }))).toBe('copy.no-tar');
    expect(await codeOf(copy('file', 'thesis:/x', { open }))).toBe('copy.no-tar');
    expect(existsSync(join(here, 'got'))).toBe(false);
  });
});

test('an archive that ends in the middle, and a lost connection, are failures', async () => {
  makeTree(inside);
  const { archive } = await copy('thesis:/tree', '-');
  const cut = sending(archive.subarray(0, 1200));
  expect(await codeOf(copy('thesis:/tree', 'cut', { open: cut }))).toBe('copy.failed');
  const lost = sending(archive, { code: null });
  expect(await codeOf(copy('thesis:/tree', 'lost', { open: lost }))).toBe('copy.failed');
});

test('what tar says is shown without control characters', async () => {
  const open = sending(Buffer.alloc(0), { code: 2, said: 'tar: \u001B[31mno\u0007\nsuch file' });
  await expect(copy('thesis:/x', 'got', { open })).rejects.toThrow(
    'thesis:/x: tar: [31mno such file',
  );
});

test('an interrupt ends the copy', async () => {
  const controller = new AbortController();
  const stdout = new PassThrough();
  let closed = 0;
  const open: OpenCopySession = async () => {
    queueMicrotask(() => controller.abort());
    return Promise.resolve({
      stdin: null,
      stdout,
      stderr: Readable.from([]),
      exited: new Promise((resolve) => stdout.once('close', () => resolve(null))),
      close: () => {
        closed += 1;
        stdout.destroy();
      },
    });
  };
  const copying = copy('thesis:/x', 'got', { open, signal: controller.signal });
  expect(await codeOf(copying)).toBe('operation.interrupted');
  expect(closed).toBeGreaterThan(0);
});
