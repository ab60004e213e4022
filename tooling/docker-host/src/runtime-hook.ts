import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createSetupError } from '@ds01/setup';
import { prepareGpuSim } from '@ds01/gpu-sim';
import type { HostPaths } from './host-paths.ts';
import type { HostOptions } from './host-state.ts';

/** The gate of linux-host: from its source, else as built; it only imports what lies beside it. */
const gateCandidates = ['src/gate/main.ts', 'dist/gate.js'];

/**
 * Sets up the simulated GPUs and the executable `nvidia-container-runtime-hook` that makes the engine
 * accept `--gpus`: DS01's gate, which calls the simulator's hook, or that hook alone.
 *
 * @returns path of the simulated nvidia-smi
 * @throws a setup error (exit code 4) if there is no gate to put before the simulator's hook
 */
export async function prepareRuntimeHook(paths: HostPaths, options: HostOptions): Promise<string> {
  const simulator = await prepareGpuSim({
    topology: options.gpus,
    directory: paths.gpuSimDirectory,
  });
  mkdirSync(paths.binDirectory, { recursive: true });
  if (options.gate !== 'none') {
    const gate = { mode: options.gate, next: simulator.runtimeHookPath };
    writeFileSync(paths.gateFile, `${JSON.stringify(gate)}\n`);
  }
  const command =
    options.gate === 'none'
      ? [simulator.runtimeHookPath]
      : [process.execPath, findGate(), '--engine-dir', paths.engineDirectory];
  const hook = join(paths.binDirectory, 'nvidia-container-runtime-hook');
  // The libraries of the unpacked packages are for the engine only. The cache halves the gate's start.
  const script = `#!/bin/sh
unset LD_LIBRARY_PATH XTABLES_LIBDIR DEBOOTSTRAP_DIR
export NODE_COMPILE_CACHE=${quote(join(paths.binDirectory, 'compile-cache'))}
exec ${command.map(quote).join(' ')} "$@"
`;
  writeFileSync(hook, script, { mode: 0o755 });
  return simulator.nvidiaSmiPath;
}

function findGate(): string {
  const base = new URL('../../../packages/linux-host/', import.meta.url);
  const found = gateCandidates
    .map((candidate) => fileURLToPath(new URL(candidate, base)))
    .find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw createSetupError("DS01's gate isn't there", { exitCode: 4, hint: 'use --gate none' });
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
