import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { isPresetName, presets, type PresetName } from './presets.ts';
import { parseTopology, parseTopologyText, type Topology, type TopologyInput } from './topology.ts';
import { runtimeHookScript } from './hook/launcher.ts';
import { writeFileAtomically } from './write-file.ts';
import { writeState } from './state.ts';
import { simulatorPaths, type SimulatorPaths } from './paths.ts';

/** What {@link prepareGpuSim} is told. */
export interface PrepareOptions {
  /** A preset's name, the path of a topology file, or a topology. */
  readonly topology: PresetName | (string & {}) | TopologyInput;
  /** Folder that becomes the simulator's; made if missing. What it held of an older one is replaced. */
  readonly directory: string;
}

/** Absolute paths of what was written; the first two are executables. */
export interface PreparedGpuSim {
  readonly nvidiaSmiPath: string;
  /** Behaves as `nvidia-container-runtime-hook`: called with `prestart`, OCI state on stdin. */
  readonly runtimeHookPath: string;
  /** The truth: editing this file changes what `nvidia-smi` prints from then on. */
  readonly topologyPath: string;
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
  await writeFileAtomically(paths.runtimeHook, runtimeHookScript(paths), { mode: 0o755 });
  // Node then has the hook's sources compiled before the first container waits for them.
  await promisify(execFile)(paths.runtimeHook, ['warm-up']);
  return published(paths);
};
