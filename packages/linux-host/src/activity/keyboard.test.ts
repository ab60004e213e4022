import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openKeyboard } from './keyboard.ts';

/** Plain folders in place of a process file system; their file systems are whatever `/tmp` is. */
let root = '';
const started: ChildProcess[] = [];
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ds01-keyboard-'));
  mkdirSync(join(root, '7/root/dev'), { recursive: true });
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
  rmSync(root, { recursive: true });
});

const plain = () => ({ processes: root, hostTerminals: null, checkKinds: false });

test('without terminals nobody typed', () => {
  mkdirSync(join(root, '7/root/dev/pts'));
  const keyboard = openKeyboard(7, plain());
  expect(keyboard?.inputAtMs()).toBeNull();
  keyboard?.close();
  expect(openKeyboard(8, plain())).toBeNull();
});

test.each(['dev', 'dev/pts'])('a link in the place of %s is not followed', (planted) => {
  rmSync(join(root, '7/root/dev'), { recursive: true });
  mkdirSync(join(root, '7/root', planted, '..'), { recursive: true });
  symlinkSync(planted === 'dev' ? '/dev' : '/dev/pts', join(root, '7/root', planted));
  expect(openKeyboard(7, plain())).toBeNull();
});

test('plain folders and files that look like terminals are none', () => {
  mkdirSync(join(root, '7/root/dev/pts/0'), { recursive: true });
  symlinkSync('/dev/pts/ptmx', join(root, '7/root/dev/pts/1'));
  const keyboard = openKeyboard(7, plain());
  expect(keyboard?.inputAtMs()).toBeNull();
  keyboard?.close();
  // Without a list of mounts nothing says what these folders are.
  expect(openKeyboard(7, { processes: root, hostTerminals: null })).toBeNull();
});

/** Terminals of its own, as in a container: `tmpfs` on /dev, `devpts` below, and a program at one. */
const script = `
mount -t tmpfs none /dev && mkdir /dev/pts && mount -t devpts -o newinstance,ptmxmode=666 none /dev/pts || exit 1
ln -s pts/ptmx /dev/ptmx
echo ready
read -r line
`;

async function startInside(): Promise<number> {
  const child = spawn('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  started.push(child);
  const said = await new Promise<string>((resolve) => {
    child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
    child.once('exit', () => resolve('ended'));
  });
  expect(said).toBe('ready\n');
  return child.pid ?? 0;
}

test('a terminal inside tells when it was read from last; one of the host’s tells nothing', async () => {
  const pid = await startInside();
  const keyboard = openKeyboard(pid, { processes: '/proc', hostTerminals: null });
  expect(keyboard).not.toBeNull();
  expect(keyboard?.inputAtMs()).toBeNull();
  const pts = `/proc/${pid}/root/dev/pts`;
  // Somebody opens a terminal there and leaves it open.
  const holder = spawn(
    'nsenter',
    ['-t', String(pid), '-m', 'sh', '-c', 'exec 3<>/dev/ptmx; echo up; read -r line'],
    {
      stdio: ['pipe', 'pipe', 'ignore'],
    },
  );
  started.push(holder);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  expect(spawnSync('touch', ['-a', '-d', '@1700000000', `${pts}/0`]).status).toBe(0);
  expect(lstatSync(`${pts}/0`).isCharacterDevice()).toBe(true);
  expect(keyboard?.inputAtMs()).toBe(1_700_000_000_000);
  // Where the clock was set back it is of a time to come; without another it still counts.
  expect(spawnSync('touch', ['-a', '-d', '@4000000000', `${pts}/0`]).status).toBe(0);
  expect(keyboard?.inputAtMs()).toBe(4_000_000_000_000);
  // What somebody made to look like a terminal, or put in the place of one, is not even asked.
  const inside = (...command: readonly string[]) =>
    spawnSync('nsenter', ['-t', String(pid), '-m', ...command]).status;
  expect(inside('mknod', '/dev/console', 'c', '136', '7')).toBe(0);
  expect(inside('touch', '-a', '-d', '@1750000000', '/dev/console')).toBe(0);
  expect(spawnSync('touch', ['-a', '-d', '@1700000000', `${pts}/0`]).status).toBe(0);
  expect(keyboard?.inputAtMs()).toBe(1_700_000_000_000);
  expect(inside('mount', '--bind', '/dev/console', '/dev/pts/0')).toBe(0);
  expect(keyboard?.inputAtMs()).toBeNull();
  keyboard?.close();
  expect(openKeyboard(pid, { processes: '/proc', hostTerminals: statSync(pts).dev })).toBeNull();
});
