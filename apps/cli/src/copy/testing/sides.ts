import { spawn } from 'node:child_process';
import {
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
import { isDs01Error } from '@ds01/contracts/core';
import { afterEach, beforeEach, expect } from 'vitest';
import { copyWithContainer } from '../copy.ts';
import { copyOperandsOf } from '../operands.ts';
import type { CopySession, CopyWorld, OpenCopySession } from '../session.ts';

/** Two folders of a test: this side, and one in place of a container's root. */
export interface Sides {
  readonly here: string;
  readonly inside: string;
  /** Copies between them with real programs; gives the notes, and what went to stdout. */
  readonly copy: (from: string, to: string, options?: CopyChoices) => Promise<Copied>;
}

/** What a copy of a test has otherwise than usual; `tar` is the program in the container. */
export type CopyChoices = Partial<CopyWorld> & { readonly tar?: readonly string[] };

/** Runs the program with `inside` in place of the container's root. */
const openLocally =
  (inside: string, tar: readonly string[]): OpenCopySession =>
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

/** What a copy of a test left besides files. */
export interface Copied {
  readonly notes: readonly string[];
  readonly archive: Buffer;
}

/** Fresh folders for each test of a file. */
export function useSides(): Sides {
  let folder = '';
  const here = (): string => join(folder, 'here');
  const inside = (): string => join(folder, 'inside');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ds01-copy-'));
    mkdirSync(here());
    mkdirSync(inside());
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  return {
    get here() {
      return here();
    },
    get inside() {
      return inside();
    },
    copy: (from, to, choices = {}) =>
      copy([from, to], {
        open: openLocally(inside(), choices.tar ?? ['tar']),
        cwd: here(),
        ...choices,
      }),
  };
}

async function copy(
  [from, to]: readonly [string, string],
  options: Partial<CopyWorld> & Pick<CopyWorld, 'open' | 'cwd'>,
): Promise<Copied> {
  const notes: string[] = [];
  const stdout = new PassThrough();
  const archive = buffer(stdout);
  const world: CopyWorld = {
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

/** Code of the error that a copy fails with; `ok` without one. */
export async function codeOf(copying: Promise<unknown>): Promise<string> {
  try {
    await copying;
  } catch (error) {
    if (isDs01Error(error)) return error.code;
    throw error;
  }
  return 'ok';
}

/** A file's text. */
export const text = (path: string): string => readFileSync(path, 'utf8');

/** A session whose process sends these bytes, says this and ends so. */
export const sending =
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

/** A folder `tree` with files and links, below a folder. */
export function makeTree(root: string): void {
  mkdirSync(join(root, 'tree/deep'), { recursive: true });
  writeFileSync(join(root, 'tree/a.txt'), 'a');
  writeFileSync(join(root, 'tree/deep/run.sh'), 'run', { mode: 0o755 });
  symlinkSync('a.txt', join(root, 'tree/link'));
  symlinkSync('link', join(root, 'tree/link-to-link'));
}

/** That a folder is such a tree. */
export function expectTree(root: string): void {
  expect(text(join(root, 'a.txt'))).toBe('a');
  expect(text(join(root, 'deep/run.sh'))).toBe('run');
  expect(statSync(join(root, 'deep/run.sh')).mode & 0o777).toBe(0o755);
  expect(readlinkSync(join(root, 'link'))).toBe('a.txt');
  expect(readlinkSync(join(root, 'link-to-link'))).toBe('link');
}
