import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { slugOf, usernameSchema } from '@ds01/contracts';
import type { FolderPinRequest, HostAccount, Pins } from '@ds01/ports';
import { readMounts, type MountEntry } from './mounts.ts';
import { createPins } from './pins.ts';

const name = usernameSchema.parse('alice');

/** An account that no machine has, for tests. */
export const account: HostAccount = {
  name,
  slug: slugOf(name),
  uid: 54_321,
  gid: 54_321,
  groupIds: [54_321, 54_322],
  home: '/nonexistent',
};

/** Root's right to mount is what these tests need; CI must have it. */
export function canMount(): boolean {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && process.env['CI'] === 'true') throw new Error('CI must run these tests as root');
  if (!isRoot) process.stderr.write('skipped: pins can only be made by root\n');
  return isRoot;
}

/** Runs a system program that must succeed. */
export function system(command: string, ...parameters: readonly string[]): void {
  const { status, stderr } = spawnSync(command, parameters, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command}: ${stderr}`);
}

/** A home to pin from, and the engine's folder. */
export interface Place {
  readonly folder: string;
  /** Alice's, 0700, with `work` (0700) and `work/file` (`mine`). */
  readonly home: string;
  readonly engineDirectory: string;
  /** A request for `work`. */
  request(change?: Partial<FolderPinRequest>): FolderPinRequest;
  remove(): void;
}

/** Makes the place in the folder for temporary files. */
export function createPlace(): Place {
  const folder = mkdtempSync(`${tmpdir()}/ds01-pins-`);
  chmodSync(folder, 0o755);
  const [home, engineDirectory] = [`${folder}/home`, `${folder}/engine`];
  mkdirSync(`${engineDirectory}/pins`, { recursive: true });
  mkdirSync(`${home}/work`, { recursive: true });
  writeFileSync(`${home}/work/file`, 'mine');
  for (const path of [home, `${home}/work`]) {
    chownSync(path, account.uid, account.gid);
    chmodSync(path, 0o700);
  }
  return {
    folder,
    home,
    engineDirectory,
    request: (change = {}) => ({
      kind: 'folder',
      within: null,
      account,
      folder: `${home}/work`,
      create: false,
      readOnly: false,
      ...change,
    }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A process in place of an engine. */
export interface Engine {
  readonly pid: number;
  readonly pins: Pins;
  /** A path in the engine's namespace. */
  see(path: string): string;
  /** Runs a program in the engine's namespace and returns what it prints. */
  run(command: string, ...parameters: readonly string[]): string;
  /** Mounts of pins in this process's namespace. */
  mountsHere(): readonly MountEntry[];
  /** What the engine has mounted at a path. */
  mountAt(path: string): MountEntry | undefined;
  stop(): Promise<void>;
}

/** Starts a process with a mount namespace of its own, which receives what is mounted below pins. */
export async function startEngine({ folder, engineDirectory }: Place): Promise<Engine> {
  const pins = `${engineDirectory}/pins`;
  system('mount', '-n', '--bind', pins, pins);
  system('mount', '-n', '--make-private', pins);
  system('mount', '-n', '--make-shared', pins);
  const parameters = ['-m', '--propagation', 'slave', 'sh', '-c', 'echo; exec sleep 1000'];
  const engine = spawn('unshare', parameters, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (engine.stdout !== null) await once(engine.stdout, 'data');
  const pid = engine.pid ?? 0;
  writeFileSync(`${engineDirectory}/engine.pid`, `${pid}\n`);
  return {
    pid,
    pins: createPins({ engineDirectory, asRoot: true }),
    see: (path) => `/proc/${pid}/root${path}`,
    run(command, ...rest) {
      const inside = ['-t', String(pid), '-m', '--', command, ...rest];
      const { status, stdout, stderr } = spawnSync('nsenter', inside, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${command}: ${stderr}`);
      return stdout;
    },
    mountsHere: () =>
      readMounts('self').filter(({ path }) => path.includes(`${folder}/engine/pins/`)),
    mountAt: (path) => readMounts(pid).findLast((mount) => mount.path === path),
    async stop() {
      const ended = once(engine, 'exit');
      engine.kill('SIGKILL');
      await ended;
      for (const { path } of readMounts('self').toReversed()) {
        if (path.startsWith(`${folder}/`)) system('umount', '-n', '-l', path);
      }
    },
  };
}
