import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Files of one simulator folder. All paths are absolute. */
export interface SimulatorPaths {
  readonly directory: string;
  readonly topology: string;
  /** What the hook needs, rendered beforehand, so that no container start waits for it. */
  readonly compiled: string;
  readonly nvidiaSmi: string;
  readonly runtimeHook: string;
  /** Scripts for containers, on their way into a mount; normally empty. */
  readonly leased: string;
  readonly lock: string;
  /** Stands for /dev/kmsg: one record a line, as the kernel gives them there. */
  readonly kernelLog: string;
  /**
   * Node's own cache of stripped and compiled sources; halves the start of the hook. All simulators of
   * an account share it.
   */
  readonly compileCache: string;
}

/** Where the files of a simulator in that (absolute) folder are. */
export const simulatorPaths = (directory: string): SimulatorPaths => ({
  directory,
  topology: join(directory, 'topology.json'),
  compiled: join(directory, 'compiled.json'),
  nvidiaSmi: join(directory, 'nvidia-smi'),
  runtimeHook: join(directory, 'runtime-hook'),
  leased: join(directory, 'leased'),
  lock: join(directory, 'topology.lock'),
  kernelLog: join(directory, 'kernel.log'),
  compileCache: join(homedir(), '.cache', 'ds01', 'gpu-sim-compile-cache'),
});

/** The program behind both executables; a source file that node runs directly. */
export const mainPath = fileURLToPath(new URL('./main.ts', import.meta.url));
/** The hook's program. */
export const hookPath = fileURLToPath(new URL('./hook/main.ts', import.meta.url));
