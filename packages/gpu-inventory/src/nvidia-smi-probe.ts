import { isDs01Error, type GpuInventory } from '@ds01/contracts';
import type { Clock, GpuProbe } from '@ds01/ports';
import { outputOf } from './command-output.ts';
import { parseDeviceList, type DeviceList } from './device-list.ts';
import { parseGpuInstances, type GpuInstanceRow } from './gpu-instances.ts';
import { joinInventory } from './join-inventory.ts';
import { probeFailure } from './probe-failure.ts';
import { parseQueryXml } from './query-xml.ts';
import { createCommandRunner, type CommandRunner } from './run-command.ts';
import { createSharedReading } from './shared-reading.ts';
import { createTopologyCache } from './topology-cache.ts';
import { parseTopology } from './topology.ts';

/** What {@link createNvidiaSmiProbe} needs. */
export interface NvidiaSmiProbeOptions {
  /** Absolute path of `nvidia-smi`. */
  readonly path: string;
  /** Bound of each single call; a reading takes at most two of them. */
  readonly timeoutMs: number;
  /** How long a reading may serve further callers, counted from its start; 0 for not at all. */
  readonly cacheMs: number;
  readonly clock: Clock;
  /** How `nvidia-smi` is run; by default as a bounded process. */
  readonly run?: CommandRunner;
}

const maxOutputBytes = 16 * 1024 * 1024;

/** Untranslated output, and a search path for installations that are a script. */
const environment = {
  LC_ALL: 'C',
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
} as const;

function translate(error: unknown): never {
  if (isDs01Error(error)) throw error;
  throw probeFailure('The GPUs could not be read.', {}, error);
}

/**
 * A probe that asks `nvidia-smi`. Everything it can't make sure of becomes `null`, `unknown` health
 * or a `gpu.probe-failed` error with the hint `ds01 doctor`: a hanging, failing, missing or
 * contradictory `nvidia-smi` never yields a device that looks usable. No GPUs is an empty inventory.
 * An aborted caller gets `operation.interrupted`.
 */
export function createNvidiaSmiProbe(options: NvidiaSmiProbeOptions): GpuProbe {
  const { path, timeoutMs, cacheMs, clock } = options;
  const run =
    options.run ?? createCommandRunner({ path, timeoutMs, maxOutputBytes, environment, clock });
  const ask = (...args: string[]): Promise<string> => outputOf(run, path, args);
  const topologyOf = createTopologyCache({
    read: async () => parseTopology(await ask('topo', '-m')),
    clock,
  });

  const readGpuInstances = async (list: DeviceList): Promise<readonly GpuInstanceRow[] | null> => {
    if (list.devices.every((device) => device.migDevices.length === 0)) return [];
    try {
      return parseGpuInstances(await ask('mig', '-lgi'));
    } catch {
      return null;
    }
  };

  const readInventory = async (): Promise<GpuInventory> => {
    const list = ask('-L').then(parseDeviceList);
    const host = ask('-q', '-x').then(parseQueryXml);
    const gpuInstances = list.then(readGpuInstances);
    const topology = list.then(topologyOf);
    // Also a failed reading waits for its programs, so that retries don't pile up.
    await Promise.allSettled([list, host, gpuInstances, topology]);
    return joinInventory({
      list: await list,
      host: await host,
      gpuInstances: await gpuInstances,
      topology: await topology,
    });
  };

  const read = createSharedReading({
    read: () => readInventory().catch(translate),
    cacheMs,
    clock,
  });
  return { read };
}
