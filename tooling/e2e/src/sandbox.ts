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
import { createDaemon, type SandboxDaemon } from './daemon.ts';
import { enterAccounts, type Inside, type SandboxPrograms } from './inside.ts';
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
  /** Keeps images and containers on a disk, for tests that are about one; else they are in memory. */
  readonly dataOnDisk?: boolean;
  /** Runs the daemon; people are then themselves instead of `--user`. */
  readonly daemon?: boolean;
  /** Receives what the daemon logs, as it comes. */
  readonly onLog?: (text: string) => void;
  /** Receives what is fetched or made on the way. */
  readonly say?: (line: string) => void;
  /** Ends fetching when aborted. */
  readonly signal?: AbortSignal;
}

/** A command of `ds01`: the common options, and for whom. */
export interface Ds01Options extends CommandOptions {
  /** Whose command it is: run as that account where a daemon runs, else by root with `--user NAME`. */
  readonly user?: string;
  /** Adds `--user NAME`, whoever runs it. */
  readonly actFor?: string;
  /** Which program; `cli` when left out. */
  readonly app?: 'cli' | 'admin';
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
  /** The daemon; `null` in a sandbox without one. */
  readonly daemon: SandboxDaemon | null;
  /** Runs `ds01` to its end, as root unless the options name somebody. */
  readonly ds01: (words: readonly string[], options?: Ds01Options) => Promise<CommandOutcome>;
  /** Starts `ds01`. */
  readonly startDs01: (words: readonly string[], options?: Ds01Options) => RunningCommand;
  /**
   * Runs any program where `ds01` runs: the same accounts, homes and network; as root, or as `user`
   * with all their groups and nothing of root's environment.
   */
  readonly run: (
    words: readonly string[],
    options?: CommandOptions & { readonly user?: string },
  ) => Promise<CommandOutcome>;
  /** {@link run} without waiting. */
  readonly start: (
    words: readonly string[],
    options?: CommandOptions & { readonly user?: string },
  ) => RunningCommand;
  /** How to run any program where `ds01` runs, for other ways of starting it than {@link start}. */
  readonly commandLine: (words: readonly string[], user?: string) => CommandLine;
  /** The built programs, where everybody of the sandbox may read them. */
  readonly programs: SandboxPrograms;
  /** Runs Docker's own command; throws what it said when it fails. */
  readonly docker: (...words: readonly string[]) => Promise<string>;
  /** Path on the machine of a path below /home inside. */
  readonly homePath: (path: string) => string;
  readonly leases: () => readonly LeaseRow[];
  readonly ledgerHash: () => string;
  readonly resources: () => HostResources;
  readonly stop: () => Promise<void>;
}

/**
 * Starts a sandbox. It needs root and the built `ds01`; nothing of it touches the machine's own
 * accounts, Docker or configuration. `stop`, or the end of an `await using` scope, removes it all.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const host = await startDockerHost({
    name: options.name,
    gpus: options.gpus,
    dataInMemory: options.dataOnDisk !== true,
    cacheDirectory: cacheDirectory(process.env),
    say: options.say ?? (() => {}),
    ...(options.gate === undefined ? {} : { gate: options.gate }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  try {
    await host.image('busybox');
    const inside = await enterAccounts(host, options.accounts ?? people);
    const sandbox = sandboxOf(host, inside, options);
    sandbox.configure(options.config ?? {});
    await sandbox.daemon?.start();
    return sandbox;
  } catch (error) {
    await host.stop();
    throw error;
  }
}

function sandboxOf(host: DockerHost, inside: Inside, options: SandboxOptions): Sandbox {
  const withDaemon = options.daemon === true;
  const { paths } = host;
  const { programs } = inside;
  const engine = createDockerEngine({ socketPath: paths.socket });
  const enter = (words: readonly string[], user?: string): CommandLine => ({
    file: 'nsenter',
    arguments: [
      `--target=${String(inside.pid)}`,
      '--net',
      '--mount',
      '--',
      ...(user === undefined ? [] : inside.asUser(user)),
      ...words,
    ],
    environment: inside.environment,
  });
  const startDs01 = (words: readonly string[], options: Ds01Options = {}): RunningCommand => {
    const self = withDaemon ? options.user : undefined;
    const actFor = options.actFor ?? (withDaemon ? undefined : options.user);
    const user = actFor === undefined ? [] : ['--user', actFor];
    const split = words.indexOf('--');
    const at = split === -1 ? words.length : split;
    const full = [...words.slice(0, at), ...user, ...words.slice(at)];
    const app = options.app ?? 'cli';
    const entry = self === undefined ? programs.checkoutEntry(app) : programs.entry(app);
    const called = options.as === undefined ? entry : linkProgram(paths.root, options.as, entry);
    return startCommand(enter([programs.node, '--', called, ...full], self), options);
  };
  const start: Sandbox['start'] = (words, options = {}) =>
    startCommand(enter(words, options.user), options);
  const run: Sandbox['run'] = (words, options) => start(words, options).done;
  const daemon = withDaemon
    ? createDaemon(enter([process.execPath, programs.entry('server')]), {
        runDirectory: paths.runDirectory,
        onLog: options.onLog ?? (() => {}),
      })
    : null;
  const stop = async (): Promise<void> => {
    await daemon?.kill();
    engine.close();
    await host.stop();
  };
  const cgroupRoot = host.environment['DS01_CGROUP_ROOT'] ?? '';
  return {
    host,
    engine,
    daemon,
    configure: (files) => writeConfig(paths.configDirectory, files),
    startDs01,
    ds01: (words, options) => startDs01(words, options).done,
    run,
    start,
    commandLine: enter,
    programs,
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
function linkProgram(root: string, name: string, program: string): string {
  const folder = join(root, 'classic');
  mkdirSync(folder, { recursive: true });
  const link = join(folder, name);
  rmSync(link, { force: true });
  symlinkSync(program, link);
  return link;
}
