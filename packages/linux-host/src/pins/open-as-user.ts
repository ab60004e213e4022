import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { ds01Error } from '@ds01/contracts';
import type { HostAccount } from '@ds01/ports';
import { systemEnvironment } from '../run.ts';
import { folderError } from './folder-errors.ts';

/**
 * Run as the user: `$1` is the folder, `$2` is 1 to make it. Prints one word; after `opened` the
 * folder is on descriptor 3 until standard input ends. Everything that touches the user's tree is in
 * here, so it can reach nothing that the user can't.
 */
const script = `
umask 022
folder=$1
if [ -L "$folder" ]; then echo is-link; exit; fi
if [ "$2" = 1 ] && [ ! -e "$folder" ]; then
  reason=$(mkdir -p -- "$folder" 2>&1) || case $reason in
    *'No space left'*|*'quota exceeded'*) echo full; exit;;
    *'Not a directory'*|*'File exists'*) echo not-a-folder; exit;;
    *) echo denied; exit;;
  esac
fi
if [ ! -d "$folder" ]; then
  reason=$(stat -- "$folder" 2>&1 >/dev/null) || case $reason in
    *'Permission denied'*) echo denied; exit;;
    *) echo not-found; exit;;
  esac
  echo not-a-folder; exit
fi
if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then echo denied; exit; fi
exec 3<"$folder/."
echo opened
read -r _
`;

/** Linux's O_PATH: a descriptor to mount from, opened without asking the file system for rights. */
const openPath = 0o10_000_000;
/** For a folder on a server that doesn't answer. */
const timeoutMs = 10_000;

/** A folder to open with somebody's rights. */
export interface FolderToOpen {
  readonly account: HostAccount;
  /** Absolute, without a slash at the end. */
  readonly folder: string;
  readonly create: boolean;
}

/**
 * Opens a folder with the rights of its user (root only), hands its descriptor to `use` and closes
 * it afterwards. Fails with `workspace.not-found`, `workspace.not-a-folder`, `workspace.is-link`,
 * `workspace.denied`, `internal.storage-full`, or `operation.timed-out` after 10 s.
 */
export async function withFolderOf<T>(
  request: FolderToOpen,
  use: (descriptor: number) => Promise<T>,
): Promise<T> {
  const child = spawnAsUser(request);
  try {
    const answer = await firstLine(child, request.folder);
    if (answer !== 'opened') throw folderError(answer, request.folder);
    const descriptor = takeDescriptor(child, request.folder);
    try {
      return await use(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } finally {
    child.kill('SIGKILL');
  }
}

function spawnAsUser({ account, folder, create }: FolderToOpen): ChildProcess {
  const groups =
    account.groupIds.length === 0 ? '--clear-groups' : `--groups=${account.groupIds.join(',')}`;
  const identity = [`--reuid=${account.uid}`, `--regid=${account.gid}`, groups];
  const shell = ['/bin/sh', '-c', script, 'sh', folder, create ? '1' : '0'];
  return spawn('setpriv', [...identity, '--inh-caps=-all', '--no-new-privs', '--', ...shell], {
    cwd: '/',
    env: systemEnvironment,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/**
 * Taken over in one synchronous step: as long as the child hasn't been reported as ended, its
 * process number can't have gone to anybody else, whose descriptor 3 root would open here.
 */
function takeDescriptor(child: ChildProcess, folder: string): number {
  if (child.exitCode !== null || child.signalCode !== null) throw folderError('denied', folder);
  return openSync(`/proc/${child.pid}/fd/3`, openPath | constants.O_DIRECTORY);
}

function firstLine(child: ChildProcess, folder: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const [output, errors]: [string[], string[]] = [[], []];
  const timer = setTimeout(() => {
    const message = `Opening ${folder} took longer than ${timeoutMs / 1000} s.`;
    reject(ds01Error('operation.timed-out', { message, details: { folder, timeoutMs } }));
  }, timeoutMs);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output.push(text);
    const line = output.join('').split('\n', 2);
    if (line.length === 2 && line[0] !== undefined) resolve(line[0]);
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text));
  child.stdin?.on('error', reject);
  child.on('error', reject);
  child.on('close', () => {
    const reason = errors.join('').trim();
    const message = `${folder} could not be opened as its owner: ${reason}`;
    reject(ds01Error('internal.unexpected', { message, hint: 'ds01 doctor', details: { folder } }));
  });
  return promise.finally(() => clearTimeout(timer));
}
