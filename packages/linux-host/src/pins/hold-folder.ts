import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ds01Error, type Ds01Error } from '@ds01/contracts';
import type { PinRequest } from '@ds01/ports';

/** A folder that a process of its owner keeps open. */
export interface HeldFolder {
  /** The open folder, as root can mount it; no path in a person's tree. */
  readonly descriptorPath: string;
  release(): void;
}

/**
 * Run as the owner: makes the folder when asked to, opens it on descriptor 3, says so and waits for
 * the end of its input. Operands: folder, 1 to make it.
 */
const holdScript = `
umask 022
if [ -L "$1" ]; then echo link; exit 0; fi
if [ ! -e "$1" ]; then
  if [ "$2" != 1 ]; then echo missing; exit 0; fi
  mkdir -p -- "$1" 2>/dev/null || { echo denied; exit 0; }
fi
if [ ! -d "$1" ]; then echo no-folder; exit 0; fi
if [ ! -r "$1" ] || [ ! -x "$1" ]; then echo denied; exit 0; fi
exec 3<"$1" || exit 1
echo open
read -r _
`;

/**
 * Opens a folder with the rights of its owner. Fails with `workspace.is-link`,
 * `workspace.not-found`, `workspace.not-a-folder`, `workspace.denied`.
 */
export async function holdFolder(request: PinRequest, asRoot: boolean): Promise<HeldFolder> {
  const { account, create } = request;
  const folder = request.folder.replace(/(.)\/+$/, '$1');
  const shell = ['/bin/sh', '-c', holdScript, 'sh', folder, create ? '1' : '0'];
  const words = asRoot
    ? [
        'setpriv',
        `--reuid=${account.uid}`,
        `--regid=${account.gid}`,
        '--init-groups',
        '--inh-caps=-all',
        '--',
        ...shell,
      ]
    : shell;
  const [file = '', ...rest] = words;
  const child = spawn(file, rest, {
    cwd: '/',
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const answer = await firstLine(child);
  if (answer !== 'open' || child.pid === undefined) {
    child.stdin.end();
    throw refusal(answer, request);
  }
  return {
    descriptorPath: `/proc/${child.pid}/fd/3`,
    release: () => {
      child.stdin.end();
    },
  };
}

function firstLine(child: ReturnType<typeof spawn>): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', () => resolve('failed'));
    child.once('close', () => resolve('failed'));
    if (child.stdout === null) return;
    createInterface({ input: child.stdout }).once('line', resolve);
  });
}

function refusal(answer: string, { account, folder }: PinRequest): Ds01Error {
  const details = { folder, user: account.name };
  const look = `ls -ld ${folder}`;
  switch (answer) {
    case 'link':
      return ds01Error('workspace.is-link', {
        message: `${folder} is a symbolic link; give the folder that it points to.`,
        hint: `readlink -f ${folder}`,
        details,
      });
    case 'missing':
      return ds01Error('workspace.not-found', {
        message: `${folder} does not exist, or ${account.name} can't see it.`,
        hint: `mkdir -p ${folder}`,
        details,
      });
    case 'no-folder':
      return ds01Error('workspace.not-a-folder', {
        message: `${folder} is not a folder.`,
        hint: look,
        details,
      });
    default:
      return ds01Error('workspace.denied', {
        message: `${account.name} may not use ${folder}.`,
        hint: look,
        details,
      });
  }
}
