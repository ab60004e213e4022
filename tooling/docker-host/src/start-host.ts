import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createSetupError, ensureDebs, requireCommand, withFileLock } from '@ds01/setup';
import { isPresetName } from '@ds01/gpu-sim';
import { startDaemon } from './engine-daemon.ts';
import { linkFirewallTools, sharePins, startHolder, startUplink } from './engine-namespaces.ts';
import { enginePackages } from './engine-tools.ts';
import { checkGpus } from './gpus-option.ts';
import { hostPaths } from './host-paths.ts';
import { createHostRoot, findHostRoot, hostCgroup, hostsDirectory } from './host-registry.ts';
import { type HostOptions, type HostState, readHostState, writeHostState } from './host-state.ts';
import { isAlive } from './processes.ts';
import { prepareRuntimeHook } from './runtime-hook.ts';
import { removeHost } from './stop-host.ts';

/** What a host is started with. */
export interface StartOptions {
  /** Lower-case letters, digits and dashes; hosts of different names don't know of each other. */
  readonly name: string;
  /** A preset of gpu-sim or the path of a topology file. */
  readonly gpus: string;
  /** Default `enforce`. */
  readonly gate?: HostOptions['gate'];
  /** Root folder, new or empty; default `/var/tmp/ds01-host/NAME`. Not below /run or /etc. */
  readonly root?: string;
  /** Keeps the engine's data in memory: many times faster, and gone with the machine. */
  readonly dataInMemory?: boolean;
  /** Further arguments for dockerd, `--live-restore` for one. */
  readonly engineArguments?: readonly string[];
  /** The cache folder, see `cacheDirectory` of @ds01/setup. */
  readonly cacheDirectory: string;
  /** Receives each line for the person who waits. */
  readonly say: (line: string) => void;
  /** Ends fetching when aborted; a host that comes up nevertheless is not stopped. */
  readonly signal?: AbortSignal;
}

/**
 * Starts a host, or finds the one that already runs with the same options. What a killed host or an
 * interrupted start left is removed first.
 *
 * @throws a setup error: 2 unusable name, root or topology, 4 runs with other options or something is missing,
 *   6 the engine doesn't come up, 7 not root
 */
export async function startHost(options: StartOptions): Promise<HostState> {
  const wanted = checkOptions(options);
  return await withFileLock(hostLock(options), async () => {
    const running = findRunning(options, wanted);
    if (running !== undefined) {
      options.say(`docker host '${options.name}' is already running`);
      return running;
    }
    if (await removeHost(options.name)) {
      options.say(`removed what was left of docker host '${options.name}'`);
    }
    try {
      return await createHost(options, wanted);
    } catch (error) {
      await removeHost(options.name);
      throw error;
    }
  });
}

/** Stops a host; see `removeHost`. Waits for a start or stop that is under way. */
export async function stopHost(options: {
  name: string;
  cacheDirectory: string;
}): Promise<boolean> {
  requireRoot();
  return await withFileLock(hostLock(options), () => removeHost(options.name));
}

async function createHost(options: StartOptions, wanted: HostOptions): Promise<HostState> {
  checkGpus(wanted.gpus);
  const tools = await ensureDebs({ ...options, packages: enginePackages });
  const root = rootOf(options);
  const paths = hostPaths(root);
  createHostRoot(options.name, root);
  let state: HostState = {
    version: 1,
    name: options.name,
    root,
    id: randomUUID(),
    phase: 'starting',
    options: wanted,
    nvidiaSmi: '',
    toolsRoot: tools.root,
    namespaces: [],
  };
  writeHostState(state);
  // Pins show people's folders, whatever the folders above them forbid: for root only.
  mkdirSync(paths.engineDirectory, { mode: 0o700 });
  for (const folder of [paths.logDirectory, paths.pinsDirectory, paths.configDirectory]) {
    mkdirSync(folder, { recursive: true });
  }
  mkdirSync(paths.runDirectory, { recursive: true, mode: 0o755 });
  mkdirSync(paths.stateDirectory, { recursive: true, mode: 0o700 });
  if (wanted.dataInMemory) {
    mkdirSync(paths.dataRoot, { mode: 0o710 });
    await requireCommand('mount', ['-t', 'tmpfs', '-o', 'mode=0710', 'ds01-data', paths.dataRoot]);
  }
  state = { ...state, nvidiaSmi: await prepareRuntimeHook(paths, wanted) };
  await sharePins(state);
  const { holder, namespaces } = await startHolder(state);
  state = { ...state, holder, namespaces: [...namespaces] };
  writeHostState(state);
  const [uplink] = await Promise.all([
    startUplink(state, holder),
    linkFirewallTools(state, holder),
  ]);
  state = await startDaemon({ ...state, uplink, phase: 'running' });
  return state;
}

function findRunning(options: StartOptions, wanted: HostOptions): HostState | undefined {
  const root = findHostRoot(options.name);
  const state = root === undefined ? undefined : readHostState(root);
  if (state?.phase !== 'running') return undefined;
  const processes = [state.holder, state.uplink, state.daemon];
  if (!processes.every((process) => isAlive(process))) return undefined;
  const same =
    JSON.stringify(state.options) === JSON.stringify(wanted) &&
    (options.root === undefined || resolve(options.root) === state.root);
  if (same) return state;
  throw createSetupError(
    `docker host '${options.name}' already runs with other options: --gpus ${state.options.gpus} --gate ${state.options.gate}`,
    { exitCode: 4, hint: `pnpm docker-host stop --name ${options.name}` },
  );
}

function checkOptions(options: StartOptions): HostOptions {
  requireRoot();
  hostCgroup(options.name);
  const root = rootOf(options);
  if (/^\/(run|var\/run|etc|opt|proc|sys|dev)(\/|$)/.test(root)) {
    throw createSetupError(`the engine would not see its own folder in ${root}`, { exitCode: 2 });
  }
  // The longest path of a socket is 107 bytes; containerd makes the longest ones below `exec`.
  if (Buffer.byteLength(root) > 60) {
    throw createSetupError(`${root} is too long for the sockets in it`, { exitCode: 2 });
  }
  return {
    gpus: isPresetName(options.gpus) ? options.gpus : resolve(options.gpus),
    gate: options.gate ?? 'enforce',
    dataInMemory: options.dataInMemory ?? false,
    engineArguments: [...(options.engineArguments ?? [])],
  };
}

function rootOf(options: StartOptions): string {
  return options.root === undefined ? join(hostsDirectory, options.name) : resolve(options.root);
}

function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw createSetupError('a docker host needs root', { exitCode: 7, hint: 'run it with sudo' });
}

function hostLock(options: { name: string; cacheDirectory: string }): string {
  hostCgroup(options.name);
  return join(options.cacheDirectory, 'locks', `docker-host-${options.name}`);
}
