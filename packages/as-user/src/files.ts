import { Buffer } from 'node:buffer';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { basename, dirname } from 'node:path';
import type { HostAccount } from '@ds01/ports';
import { endChild, outputOf, startScript, type WaitOptions } from './child.ts';
import { checkedPath } from './paths.ts';
import { fileError } from './refusals.ts';
import { outsideError, resolveRoots } from './roots.ts';

/**
 * Enters the file's folder and stays there, whatever its path leads to later. `$1` is the folder,
 * `$2` the name; `$3` is `anywhere` or `within`, and the roots come last, after the script's own
 * parameters, of which there are `$4`.
 */
export const enter = `
folder=$1 name=$2 where=$3 own=$4
shift 4
refuse() { echo "$1"; exit 0; }
if ! cd -P -- "$folder" 2>/dev/null; then
  [ ! -d "$folder" ] || refuse denied
  reason=$(stat -- "$folder" 2>&1 >/dev/null) || case $reason in
    *'Permission denied'*) refuse denied;;
  esac
  refuse not-found
fi
is_within() {
  shift "$own"
  for root; do
    case $(pwd -P)/ in "\${root%/}"/*) return 0;; esac
  done
  return 1
}
[ "$where" = anywhere ] || is_within "$@" || refuse outside
if [ -L "./$name" ]; then refuse not-a-file; fi
if [ -e "./$name" ] && [ ! -f "./$name" ]; then refuse not-a-file; fi
`;

/**
 * `$1` is how many bytes to read at most. A hard link to somebody else's file is refused. What takes
 * the file's place in between is neither followed nor waited for.
 */
const read = `${enter}
[ -e "./$name" ] || refuse missing
[ -r "./$name" ] || refuse denied
[ -O "./$name" ] || [ "$(stat -c %h -- "./$name")" = 1 ] || refuse not-a-file
echo ok
exec dd if="./$name" iflag=nofollow,nonblock,fullblock,count_bytes bs=65536 count="$1" status=none
`;

/** `$1` is the umask, `$2` a name that nobody can guess. */
const write = `${enter}
umask "$1"
temporary=./.ds01-$2
reason=$(dd of="$temporary" iflag=fullblock oflag=nofollow conv=excl,fsync bs=65536 status=none 2>&1 &&
  mv -f -T -- "$temporary" "./$name" 2>&1) || {
  rm -f -- "$temporary"
  case $reason in
    *'No space left'*|*'quota exceeded'*) refuse full;;
    *) refuse denied;;
  esac
}
echo ok
`;

/** As `write`, but never over what is there: a second name is made, which fails then. */
const create = `${enter}
[ ! -e "./$name" ] || refuse exists
umask "$1"
temporary=./.ds01-$2
reason=$(dd of="$temporary" iflag=fullblock oflag=nofollow conv=excl,fsync bs=65536 status=none 2>&1 &&
  ln -T -- "$temporary" "./$name" 2>&1) || {
  rm -f -- "$temporary"
  case $reason in
    *'File exists'*) refuse exists;;
    *'No space left'*|*'quota exceeded'*) refuse full;;
    *) refuse denied;;
  esac
}
rm -f -- "$temporary"
echo ok
`;

/** A small file in a person's tree. */
export interface FileOfPerson extends WaitOptions {
  readonly account: HostAccount;
  /** Absolute. Links before the last name are followed with the person's rights. */
  readonly path: string;
  /** As in {@link FolderToOpen}. */
  readonly within: readonly string[] | null;
}

/** A small file to read. */
export interface FileToRead extends FileOfPerson {
  readonly maxBytes: number;
}

/** A small file to write. */
export interface FileToWrite extends FileOfPerson {
  readonly text: string;
  /** Rights of the file, execution excluded: `0o600`, `0o644`, ... */
  readonly mode: number;
}

/**
 * Reads a regular file with a person's rights; `null` when there is none. Refuses with
 * `file.not-a-file` a link, a FIFO, a device, a folder and a hard link to somebody else's file;
 * else with `file.too-large`, `file.denied`, `workspace.outside`, `workspace.invalid`,
 * `operation.timed-out` or `operation.interrupted`.
 */
export async function readFileOf(file: FileToRead): Promise<Uint8Array | null> {
  const { path, maxBytes } = file;
  const child = await startIn(file, read, [String(maxBytes + 1)]);
  try {
    child.stdin?.end();
    const isTooMuch = (output: Buffer): boolean => output.length > maxBytes + 64;
    const output = await outputOf(child, isTooMuch, { ...file, subject: path });
    const { answer, rest } = firstLine(output);
    if (answer === 'missing' || answer === 'not-found') return null;
    requireOk(answer, file);
    if (rest.length > maxBytes) throw fileError('too-large', path);
    return new Uint8Array(rest);
  } finally {
    endChild(child);
  }
}

/**
 * Writes a regular file with a person's rights, replacing what is there in one step: readers see the
 * old text or the new. Refuses with `file.not-a-file` to replace a link, a FIFO, a device or a
 * folder; a hard link is replaced, and the file's other names keep the old text. Else fails with
 * `file.not-found` (no such folder), `file.denied`, `internal.storage-full`, `workspace.outside`,
 * `workspace.invalid`, `operation.timed-out` or `operation.interrupted`.
 */
export async function writeFileOf(file: FileToWrite): Promise<void> {
  requireOk(await answerTo(write, file), file);
}

/**
 * Writes a file with a person's rights where none is; `false` when there is one already, which stays
 * as it is. Else refuses as {@link writeFileOf} does.
 */
export async function createFileOf(file: FileToWrite): Promise<boolean> {
  const answer = await answerTo(create, file);
  if (answer === 'exists') return false;
  requireOk(answer, file);
  return true;
}

async function answerTo(script: string, file: FileToWrite): Promise<string> {
  const { text, mode } = file;
  if ((mode & ~0o666) !== 0) throw new Error(`${mode.toString(8)} can't be the mode of a file`);
  const mask = (0o666 & ~mode).toString(8);
  const child = await startIn(file, script, [mask, randomBytes(12).toString('hex')]);
  return answerOf(child, file, text);
}

/** Gives a started script its input; the one line that it answers. Ends it. */
export async function answerOf(
  child: ChildProcess,
  file: FileOfPerson,
  input: string,
): Promise<string> {
  try {
    child.stdin?.end(input);
    const isTooMuch = (output: Buffer): boolean => output.length > 64;
    const output = await outputOf(child, isTooMuch, { ...file, subject: file.path });
    return firstLine(output).answer;
  } finally {
    endChild(child);
  }
}

/** Starts a script that begins with {@link enter}, with parameters of its own. */
export async function startIn(
  file: FileOfPerson,
  text: string,
  own: readonly string[],
): Promise<ChildProcess> {
  const { account, within, timeoutMs, signal } = file;
  const path = checkedPath(file.path);
  if (path === '/') throw fileError('not-a-file', path);
  const wait = {
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(signal === undefined ? {} : { signal }),
  };
  const roots = within === null ? [] : await resolveRoots(within, wait);
  const where = within === null ? 'anywhere' : 'within';
  const place = [dirname(path), basename(path), where, String(own.length)];
  return startScript(account, { text, parameters: [...place, ...own, ...roots] });
}

/** Fails unless the answer is `ok`. */
export function requireOk(answer: string, { path, within }: FileOfPerson): void {
  if (answer === 'outside') throw outsideError(path, within ?? []);
  if (answer !== 'ok') throw fileError(answer, path);
}

function firstLine(output: Buffer): { readonly answer: string; readonly rest: Buffer } {
  const end = output.indexOf('\n');
  if (end < 0) return { answer: output.toString('utf8'), rest: Buffer.alloc(0) };
  return { answer: output.toString('utf8', 0, end), rest: output.subarray(end + 1) };
}
