import { spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountInput, DockerHost } from '@ds01/docker-host';
import { rootCodeCache } from './code-cache.ts';

/** Programs that everybody of a sandbox can run, wherever the checkout is. */
export interface SandboxPrograms {
  readonly node: string;
  /** Path of an app's entry. */
  readonly entry: (app: 'cli' | 'server' | 'admin') => string;
  /** The same in the checkout, beside the packages that a bundle leaves out; for root alone. */
  readonly checkoutEntry: (app: 'cli' | 'server' | 'admin') => string;
}

/** The people's namespace: their accounts, homes and programs, in the engine's network. */
export interface Inside {
  readonly pid: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly programs: SandboxPrograms;
  /** Words that make a command that person's own, with what a login gives them. */
  readonly asUser: (name: string) => readonly string[];
}

const repository = join(import.meta.dirname, '../../..');
const apps = ['cli', 'server', 'admin'] as const;

/**
 * Starts a process that keeps the people's mount namespace, so that entering it later costs next to
 * nothing. Node and the built command-line programs are shown there at a place that everybody may
 * read: a checkout may be in a folder that is its owner's alone. The daemon runs from the checkout,
 * for it needs packages beside it.
 */
export async function enterAccounts(
  host: DockerHost,
  accounts: readonly AccountInput[],
): Promise<Inside> {
  const folder = join(host.paths.root, 'programs');
  const node = join(folder, 'node');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  writeFileSync(node, '');
  const shown = apps.filter((app) => app !== 'server');
  for (const app of shown) mkdirSync(join(folder, app), { recursive: true });
  const mounts = [
    [process.execPath, node],
    ...shown.map((app) => [join(repository, 'apps', app, 'dist'), join(folder, app)]),
  ].flat();
  const script =
    'while [ $# -gt 0 ]; do [ ! -e "$1" ] || mount -n --bind "$1" "$2" || exit 1; shift 2; done; ' +
    'echo ready; exec sleep infinity';
  const path = process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin';
  const base = {
    PATH: path,
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    NODE_COMPILE_CACHE: rootCodeCache(),
  };
  const words = ['/bin/sh', '-c', script, 'sh', ...mounts];
  const line = host.command(words, { environment: base, accounts });
  const child = spawn(line.file, line.arguments, {
    env: line.environment,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`the accounts could not be made: ${said}`)));
  });
  child.unref();
  child.stdout.destroy();
  child.stderr.destroy();
  const checkoutEntry = (app: string): string => join(repository, 'apps', app, 'dist/main.js');
  const entry: SandboxPrograms['entry'] = (app) =>
    app === 'server' ? checkoutEntry(app) : join(folder, app, 'main.js');
  return {
    pid: child.pid ?? -1,
    environment: line.environment,
    programs: { node, entry, checkoutEntry },
    asUser: (name) => {
      const account = accounts.find((candidate) => candidate.name === name);
      if (account === undefined) throw new Error(`the sandbox has no account ${name}`);
      return loginWords(account, {
        runDirectory: host.paths.runDirectory,
        codeCache: codeCacheOf(folder, account),
      });
    },
  };
}

/** By number: a name may be made of digits that are somebody else's. */
function loginWords(
  account: AccountInput,
  given: { readonly runDirectory: string; readonly codeCache: string },
): readonly string[] {
  const script =
    'home=$1 run=$2 code=$3; shift 3; cd "$home" && exec env -i PATH=/usr/local/bin:/usr/bin:/bin ' +
    'HOME="$home" LANG=C.UTF-8 TERM="${TERM:-dumb}" DS01_RUN_DIR="$run" NODE_COMPILE_CACHE="$code" "$@"';
  return [
    'setpriv',
    `--reuid=${String(account.uid)}`,
    `--regid=${String(account.gid)}`,
    '--init-groups',
    '--inh-caps=-all',
    '/bin/sh',
    '-c',
    script,
    'sh',
    account.home,
    given.runDirectory,
    given.codeCache,
  ];
}

/** Where Node keeps what it compiled for a person, who alone may write there. */
function codeCacheOf(folder: string, { name, uid, gid }: AccountInput): string {
  const cache = join(folder, 'code', name);
  if (existsSync(cache)) return cache;
  mkdirSync(cache, { recursive: true, mode: 0o755 });
  chownSync(cache, uid, gid);
  return cache;
}
