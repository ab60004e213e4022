import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { isPresetName, presets, type PresetName } from './presets.ts';
import { parseTopology, parseTopologyText, type Topology, type TopologyInput } from './topology.ts';
import { appendKernelLog, driverLoadedLine } from './control/kernel-log.ts';
import { runtimeHookScript } from './hook/launcher.ts';
import { withLock } from './lock.ts';
import { writeFileAtomically } from './write-file.ts';
import { writeState } from './state.ts';
import { simulatorPaths, type SimulatorPaths } from './paths.ts';

/** What {@link prepareGpuSim} is told. */
export interface PrepareOptions {
  /** A preset's name, the path of a topology file, or a topology. */
  readonly topology: PresetName | (string & {}) | TopologyInput;
  /** Folder that becomes the simulator's; made if missing. What it held of an older one is replaced. */
  readonly directory: string;
  /**
   * Have node compile the hook's sources now, so that the first container doesn't wait for it
   * (default). Not needed where no container is started.
   */
  readonly warmUp?: boolean;
}

/** Absolute paths of what was written; the first two are executables. */
export interface PreparedGpuSim {
  readonly nvidiaSmiPath: string;
  /** Behaves as `nvidia-container-runtime-hook`: called with `prestart`, OCI state on stdin. */
  readonly runtimeHookPath: string;
  /** The truth: editing this file changes what `nvidia-smi` prints from then on. */
  readonly topologyPath: string;
  /**
   * The file that stands for /dev/kmsg (`DS01_KERNEL_LOG`), one record a line:
   * `priority,sequence,microseconds,-;text`. It only grows: preparing the
   * folder again is logged as a driver that is loaded.
   */
  readonly kernelLogPath: string;
}

const loadTopology = async (source: PrepareOptions['topology']): Promise<Topology> => {
  if (typeof source !== 'string') return parseTopology(source);
  if (isPresetName(source)) return parseTopology(presets[source]);
  return parseTopologyText(await readFile(resolve(source), 'utf8'));
};

const published = (paths: SimulatorPaths): PreparedGpuSim => ({
  nvidiaSmiPath: paths.nvidiaSmi,
  runtimeHookPath: paths.runtimeHook,
  topologyPath: paths.topology,
  kernelLogPath: paths.kernelLog,
});

/**
 * Writes a simulated GPU host into a folder: the executables `nvidia-smi` and `runtime-hook`, and
 * the topology file that both read. Refuses a topology that doesn't hold (ZodError) and a path that
 * can't be read (the file system's error); the folder is then left as it was.
 */
export const prepareGpuSim = async (options: PrepareOptions): Promise<PreparedGpuSim> => {
  const topology = await loadTopology(options.topology);
  const paths = simulatorPaths(resolve(options.directory));
  await mkdir(paths.leased, { recursive: true });
  await writeState(paths, topology);
  await withLock(paths.lock, async () =>
    appendKernelLog(paths.kernelLog, [driverLoadedLine(topology)]),
  );
  await writeFileAtomically(paths.runtimeHook, runtimeHookScript(paths), { mode: 0o755 });
  if (options.warmUp !== false) await promisify(execFile)(paths.runtimeHook, ['warm-up']);
  return published(paths);
};
