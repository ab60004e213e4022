import { spawn } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createDockerEngine, type DockerEngine } from '@ds01/docker-engine';
import { type AccountInput, type DockerHost, startDockerHost } from '@ds01/docker-host';
import type { StartOptions } from '@ds01/docker-host';
import { cacheDirectory } from '@ds01/setup';
import {
  type CommandLine,
  type CommandOptions,
  type CommandOutcome,
  type RunningCommand,
  startCommand,
} from './command.ts';
import { people } from './people.ts';
import {
  hashLedger,
  type LeaseRow,
  mountsBelow,
  namesIn,
  readLeases,
  userCgroups,
} from './resources.ts';

/** Files of the configuration folder: path in it -> text. */
export type ConfigFiles = Readonly<Record<string, string>>;

/** What a sandbox is started with. */
export interface SandboxOptions {
  /** Lower-case letters, digits and dashes; unlike every other sandbox of this machine. */
  readonly name: string;
  /** Preset of gpu-sim or path of a topology file. */
  readonly gpus: string;
  readonly config?: ConfigFiles;
  readonly gate?: StartOptions['gate'];
  readonly accounts?: readonly AccountInput[];
  /** Receives what is fetched or made on the way. */
  readonly say?: (line: string) => void;
  /** Ends fetching when aborted. */
  readonly signal?: AbortSignal;
}

/** A command of `ds01`: the common options, and for whom. */
export interface Ds01Options extends CommandOptions {
  /** Adds `--user NAME`. */
  readonly user?: string;
  /** Name to call the program by, `container-deploy` for one; `ds01` when left out. */
  readonly as?: string;
}

/** What DS01 leaves on a host beside containers. */
export interface HostResources {
  /** Ids of containers that may start with GPUs. */
  readonly grants: readonly string[];
  /** Pinned folders, as the engine sees them. */
  readonly pins: readonly string[];
  /** `group/slug` of users' cgroup folders. */
  readonly cgroups: readonly string[];
}

/** A private engine with simulated GPUs, people, a configuration, and the built `ds01`. */
export interface Sandbox extends AsyncDisposable {
  readonly host: DockerHost;
  /** The engine as it is, asked from outside. */
  readonly engine: DockerEngine;
  /** Replaces the configuration folder. */
  readonly configure: (files: ConfigFiles) => void;
  /** Runs `ds01` as root to its end. */
  readonly ds01: (words: readonly string[], options?: Ds01Options) => Promise<CommandOutcome>;
  /** Starts `ds01` as root. */
  readonly startDs01: (words: readonly string[], options?: Ds01Options) => RunningCommand;
  /** Runs any program where `ds01` runs: the same accounts, homes and network. */
  readonly run: (words: readonly string[], options?: CommandOptions) => Promise<CommandOutcome>;
  /** Runs Docker's own command; throws what it said when it fails. */
  readonly docker: (...words: readonly string[]) => Promise<string>;
  /** Path on the machine of a path below /home inside. */
  readonly homePath: (path: string) => string;
  readonly leases: () => readonly LeaseRow[];
  readonly ledgerHash: () => string;
  readonly resources: () => HostResources;
  readonly stop: () => Promise<void>;
}

const program = join(import.meta.dirname, '../../../apps/cli/dist/main.js');

/**
 * Starts a sandbox. It needs root and the built `ds01`; nothing of it touches the machine's own
 * accounts, Docker or configuration. `stop`, or the end of an `await using` scope, removes it all.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = await startDockerHost({
    name: options.name,
    gpus: options.gpus,
    cacheDirectory: cacheDirectory(process.env),
    say: options.say ?? (() => {}),
    ...(options.gate === undefined ? {} : { gate: options.gate }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    await host.image('busybox');
    const inside = await enterAccounts(host, options.accounts ?? people);
    const sandbox = sandboxOf(host, inside);
    sandbox.configure(options.config ?? {});
    return sandbox;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

/** A process that keeps the people's mount namespace, so that entering it later costs next to nothing. */
async function enterAccounts(
  host: DockerHost,
  accounts: readonly AccountInput[],
): Promise<{ readonly pid: number; readonly environment: NodeJS.ProcessEnv }> {
  const words = ['/bin/sh', '-c', 'echo ready; exec sleep infinity'];
  const path = process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin';
  const base = { PATH: path, HOME: '/root', LC_ALL: 'C.UTF-8' };
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
  return { pid: child.pid ?? -1, environment: line.environment };
}

function sandboxOf(
  host: DockerHost,
  inside: { readonly pid: number; readonly environment: NodeJS.ProcessEnv },
): Sandbox {
  const { paths } = host;
  const engine = createDockerEngine({ socketPath: paths.socket });
  const enter = (words: readonly string[]): CommandLine => ({
    file: 'nsenter',
    arguments: [`--target=${String(inside.pid)}`, '--net', '--mount', '--', ...words],
    environment: inside.environment,
  });
  const startDs01 = (words: readonly string[], options: Ds01Options = {}): RunningCommand => {
    const user = options.user === undefined ? [] : ['--user', options.user];
    const split = words.indexOf('--');
    const at = split === -1 ? words.length : split;
    const full = [...words.slice(0, at), ...user, ...words.slice(at)];
    const entry = options.as === undefined ? program : linkProgram(paths.root, options.as);
    return startCommand(enter([process.execPath, entry, ...full]), options);
  };
  const run: Sandbox['run'] = (words, options) => startCommand(enter(words), options).done;
  const stop = async (): Promise<void> => {
    engine.close();
    await host.stop();
  };
  const cgroupRoot = host.environment['DS01_CGROUP_ROOT'] ?? '';
  return {
    host,
    engine,
    configure: (files) => writeConfig(paths.configDirectory, files),
    startDs01,
    ds01: (words, options) => startDs01(words, options).done,
    run,
    docker: async (...words) => {
      const outcome = await run([host.environment['DS01_DOCKER'] ?? 'docker', ...words]);
      if (outcome.code !== 0) throw new Error(outcome.stderr.trim());
      return outcome.stdout.trim();
    },
    homePath: (path) => join(paths.homeDirectory, path.replace(/^\/home\//, '')),
    leases: () => readLeases(paths.stateDirectory),
    ledgerHash: () => hashLedger(paths.stateDirectory),
    resources: () => ({
      grants: namesIn(join(paths.engineDirectory, 'grants')),
      pins: mountsBelow(inside.pid, paths.pinsDirectory),
      cgroups: userCgroups(cgroupRoot),
    }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function writeConfig(folder: string, files: ConfigFiles): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** The program under another name, as an installed site has it. */
function linkProgram(root: string, name: string): string {
  const folder = join(root, 'classic');
  mkdirSync(folder, { recursive: true });
  const link = join(folder, name);
  rmSync(link, { force: true });
  symlinkSync(program, link);
  return link;
}
