import { createGpuSimControl, type GpuSimControl } from '@ds01/gpu-sim';
import type { AccountInput } from './accounts.ts';
import { type BaseImageName, makeBaseImage } from './base-images.ts';
import { startDaemon, stopDaemon } from './engine-daemon.ts';
import { hostEnvironment } from './host-environment.ts';
import { type HostPaths, hostPaths } from './host-paths.ts';
import { requireHost } from './host-registry.ts';
import { commandInHost, type HostCommand } from './run-in-host.ts';
import { startHost, type StartOptions, stopHost } from './start-host.ts';

/** A running private engine with simulated GPUs, for tests and the demo. */
export interface DockerHost extends AsyncDisposable {
  readonly name: string;
  readonly paths: HostPaths;
  /** What `docker-host env` prints: DOCKER_HOST, DS01_ENGINE_DIR and so on. */
  readonly environment: Readonly<Record<string, string>>;
  /** Changes the simulated GPUs while the engine runs: load, faults, MIG instances, drivers. */
  readonly gpus: GpuSimControl;
  /** See `commandInHost`; the caller's environment comes first, the host's variables win. */
  readonly command: (
    words: readonly string[],
    options?: { environment?: NodeJS.ProcessEnv; accounts?: readonly AccountInput[] },
  ) => HostCommand;
  /** Makes a base image in this engine; see `makeBaseImage`. */
  readonly image: (name: BaseImageName) => Promise<string>;
  /** Kills dockerd as a crash would: its containers and containerd live on. */
  readonly killDaemon: () => Promise<void>;
  /** Ends dockerd in an orderly way. */
  readonly stopDaemon: () => Promise<void>;
  /** Starts dockerd again after it was stopped or killed; fine if it runs. */
  readonly startDaemon: () => Promise<void>;
  /** Ends the host and removes all of it; fine if it is gone. */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a private engine and returns a handle on it; `await using` stops it at the end of the scope.
 * Errors and options are those of `startHost`.
 */
export async function startDockerHost(options: StartOptions): Promise<DockerHost> {
  const { name } = await startHost(options);
  const state = requireHost(name);
  const stop = async (): Promise<void> => {
    await stopHost(options);
  };
  return {
    name,
    paths: hostPaths(state.root),
    environment: hostEnvironment(state, {}),
    gpus: createGpuSimControl(hostPaths(state.root).gpuSimDirectory),
    command: (words, { environment = {}, ...rest } = {}) =>
      commandInHost(requireHost(name), words, { environment, ...rest }),
    image: (image) => makeBaseImage(requireHost(name), image, options),
    killDaemon: () => stopDaemon(requireHost(name), 'SIGKILL'),
    stopDaemon: () => stopDaemon(requireHost(name), 'SIGTERM'),
    startDaemon: async () => {
      await startDaemon(requireHost(name));
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
